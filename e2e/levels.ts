/** All levels, in the order in which they are climbed. */

import type { Level } from './ladder.js';
import { agentsLevel } from './levels/agents.js';
import { answersLevel } from './levels/answers.js';
import { binariesLevel } from './levels/binaries.js';
import { everyRuntimeLevel } from './levels/every-runtime.js';
import { forkedLevel } from './levels/forked.js';
import { hostUpLevel } from './levels/host-up.js';
import { isolationLevel } from './levels/isolation.js';
import { pushLevel } from './levels/push.js';
import { reconnectLevel } from './levels/reconnect.js';
import { socketLevel } from './levels/socket.js';
import { tasksLevel } from './levels/tasks.js';
import { tokensLevel } from './levels/tokens.js';

export const LEVELS: readonly Level[] = [
  ...[binariesLevel, hostUpLevel, agentsLevel, forkedLevel, tokensLevel, isolationLevel],
  ...[tasksLevel, socketLevel, pushLevel, answersLevel, reconnectLevel, everyRuntimeLevel],
];
