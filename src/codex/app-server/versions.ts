/** What the versions of Codex can, as measured on 0.130.0, 0.138.0 and 0.169.0. */

import { MINIMUM_CODEX } from '../binary.js';

/** Whether we talk with a process of this version at all. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = MINIMUM_CODEX.split('.').map(Number);
  return atLeast(version, [major, minor]);
}

/** Older ones hang up on a WebSocket over a unix socket. */
export function listensOnUnix(version: string): boolean {
  return atLeast(version, [0, 150]);
}

/** Older ones can only clean all background terminals of a thread. */
export function listsTerminals(version: string): boolean {
  return atLeast(version, [0, 150]);
}

/** Older ones have no `lastTurnId` and copy the whole conversation. */
export function forksUpToTurn(version: string): boolean {
  return atLeast(version, [0, 150]);
}

/** Older ones now and then end a short command without its output, which the model did get. */
export function losesOutput(version: string): boolean {
  return !atLeast(version, [0, 150]);
}

/** A permission profile is named by its id; up to 0.130 it is a tagged object, and the wrong form fails with "missing field type". */
export function namesProfiles(version: string): boolean {
  return atLeast(version, [0, 135]);
}

/** Whether a profile can keep commands from reading; older ones were not tried with it. */
export function deniesReading(version: string): boolean {
  return atLeast(version, [0, 150]);
}

/** Older ones give a command what its shell was started with, also what is kept from commands: they take a snapshot of the whole shell before. */
export function snapshotsForget(version: string): boolean {
  return atLeast(version, [0, 150]);
}

/** Whether Codex's terminal interface keeps warnings on a page of their own; older ones write them into the conversation. */
export function hidesWarnings(version: string): boolean {
  return atLeast(version, [0, 150]);
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const match = /^(\d+)\.(\d+)\./.exec(version);
  if (match === null) return false;
  const [, have = '0', haveMinor = '0'] = match;
  return Number(have) > major || (Number(have) === major && Number(haveMinor) >= minor);
}
