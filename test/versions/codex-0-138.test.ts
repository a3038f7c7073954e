/** What holds for the newest Codex holds for 0.138, or the version table says what holds instead. */

import { describe, expect, test } from 'vitest';
import { agentAcceptance } from '../../src/testing/index.js';
import { codexUnderTest } from '../support/codex-under-test.js';
import { codexOf } from './install.js';
import { playStories } from './play-stories.js';

agentAcceptance('Codex 0.138.0', () => codexUnderTest(codexOf('0.138.0')), { describe, test, expect });
playStories('0.138.0');
