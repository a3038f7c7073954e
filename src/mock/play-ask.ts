/** A step that asks for something to be allowed or answered, and goes on as the answer says. */

import { answersOf } from '../contract/answer-value.js';
import type { ApprovalAnswer, Ask } from '../contract/approval.js';
import type { Item } from '../contract/item.js';
import { type Ending, INTERRUPTED, type Stage } from './stage.js';
import type { AskStep, ChangeStep, CommandStep, Step } from './steps.js';
import { changeOf } from './work-files.js';

/** How the work is done that was asked for; `id` is the item that has waited. */
export interface Doing {
  readonly play: (stage: Stage, steps: readonly Step[]) => Promise<Ending | undefined>;
  readonly command: (stage: Stage, step: CommandStep, id: string) => Promise<Ending | undefined>;
  readonly change: (stage: Stage, step: ChangeStep, id: string) => undefined;
}

/** One question, and what a yes and a no do with what it is about. */
interface Wanted {
  readonly ask: Ask;
  readonly yes: (answer: ApprovalAnswer) => Promise<Ending | undefined> | undefined;
  readonly no: () => void;
}

export async function playAsk(stage: Stage, step: AskStep, doing: Doing): Promise<Ending | undefined> {
  const wanted = wantedOf(stage, step, doing);
  const decision = await decided(stage, wanted);
  stage.know({ decision: decision ?? 'interrupted' });
  if (decision === undefined) return INTERRUPTED;
  if (decision === 'decline') return await doing.play(stage, step.decline);
  if (decision === 'cancel') return step.cancel === undefined ? INTERRUPTED : await doing.play(stage, step.cancel);
  return await doing.play(stage, step.accept);
}

/** Asks where that is needed, and has what was asked for done or left. Undefined when the turn was interrupted. */
async function decided(stage: Stage, wanted: Wanted): Promise<ApprovalAnswer['decision'] | undefined> {
  const answer = byItself(stage, wanted.ask) ?? (await stage.ask(wanted.ask));
  if (answer?.decision === 'acceptForSession') stage.allowed.add(wanted.ask.title);
  if (answer?.decision !== 'accept' && answer?.decision !== 'acceptForSession') {
    wanted.no();
    return answer?.decision;
  }
  return (await wanted.yes(answer)) === undefined ? answer.decision : undefined;
}

/** What was allowed for the session is not asked again; who may never ask is told no. */
function byItself(stage: Stage, { kind, title }: Ask): ApprovalAnswer | undefined {
  if (stage.allowed.has(title)) return { decision: 'accept' };
  return stage.thread.permissions.approvalPolicy === 'never' && kind !== 'userInput' ? { decision: 'decline' } : undefined;
}

function wantedOf(stage: Stage, step: AskStep, doing: Doing): Wanted {
  const reason = step.reason === undefined ? {} : { reason: stage.text(step.reason) };
  if (step.command !== undefined) return commandOf(stage, step.command, reason, doing);
  if (step.fileChange !== undefined) return changeWanted(stage, step.fileChange, reason, doing);
  const questions = (step.questions ?? []).map((question) => ({ ...question, question: stage.text(question.question) }));
  return {
    ask: { kind: 'userInput', title: questions[0]?.question ?? '', ...reason, questions, decisions: ['accept', 'decline'] },
    yes({ value }) {
      const { answers } = answersOf(questions, value);
      const texts = Object.entries(answers).map(([id, given]) => [id, given.join(', ')] as const);
      stage.know({ ...Object.fromEntries(texts), answer: texts[0]?.[1] ?? '' });
      return undefined;
    },
    no: () => stage.know({ answer: '' }),
  };
}

const ALL: Ask['decisions'] = ['accept', 'acceptForSession', 'decline', 'cancel'];

function commandOf(stage: Stage, step: CommandStep, reason: { reason?: string }, doing: Doing): Wanted {
  const { cwd } = stage.thread;
  const item = { id: stage.newItem(), kind: 'command', command: stage.text(step.command), cwd } as const;
  stage.begin({ ...item, status: 'inProgress' });
  return {
    ask: { kind: 'command', title: item.command, ...reason, item: item.id, command: item.command, cwd, decisions: ALL },
    yes: () => doing.command(stage, step, item.id),
    no: () => stage.end({ ...item, status: 'declined' }),
  };
}

function changeWanted(stage: Stage, step: ChangeStep, reason: { reason?: string }, doing: Doing): Wanted {
  const content = step.content === null ? null : stage.text(step.content);
  const changes = [changeOf(stage.thread.cwd, { path: stage.text(step.path), content })];
  const item: Item = { id: stage.newItem(), kind: 'fileChange', status: 'inProgress', changes };
  stage.begin(item);
  const title = `Change ${changes[0]?.path ?? ''}?`;
  return {
    ask: { kind: 'fileChange', title, ...reason, item: item.id, changes, decisions: ALL },
    yes: () => doing.change(stage, step, item.id),
    no: () => stage.end({ ...item, status: 'declined' }),
  };
}
