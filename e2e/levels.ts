/** All levels, in the order in which they are climbed. */

import type { Level } from './ladder.js';
import { agentsLevel } from './levels/agents.js';
import { binariesLevel } from './levels/binaries.js';
import { hostUpLevel } from './levels/host-up.js';

export const LEVELS: readonly Level[] = [binariesLevel, hostUpLevel, agentsLevel];
