/** The stories of the version table with the newest Codex. */

import { NEWEST } from './install.js';
import { playStories } from './play-stories.js';

playStories(NEWEST);
