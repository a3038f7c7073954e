/** What Spool itself tells its agents: how to work, what is remembered and where, which skills there are. */

/** How much of a memory's index is put into the instructions, in characters; the agent itself writes it, and it may grow without end. */
const MOST_INDEX = 12_000;
const LONGEST_DESCRIPTION = 240;

export interface WorkPlaces {
  /** Folder in which the exchanges of earlier conversations lie. */
  readonly archive?: string | undefined;
}

/** What every agent is told. */
export function baseText({ archive }: WorkPlaces): string {
  const lines = [
    '- Begin an answer with the outcome, then what it rests on. Be brief: no account of every step, no repetition of the question.',
    '- The user sees your answers, the commands that you run and the changes that you make to files, and nothing else. When you make a file for' +
      ' the user, do it in the turn in which you promise it and name its full path in that answer. Pictures of your own image tool are handed on' +
      ' by themselves.',
    '- What you write into your working folder stays for later conversations. Temporary folders may be emptied at any time.',
  ];
  const recall =
    archive === undefined
      ? []
      : [
          `- Earlier conversations lie in ${archive}, one markdown file for each exchange. When the user speaks of something that was said or done` +
            ' before and you do not know of it, search there before you ask.',
        ];
  return [...lines, ...recall].join('\n');
}

export interface MemoryPlaces {
  readonly folder: string;
  /** What `index.md` says now. */
  readonly index: string;
}

export function memoryText({ folder, index }: MemoryPlaces): string {
  const pointer = [
    `You keep what should outlast a conversation in ${folder}: preferences of the user, decisions, facts that were hard to find. Write one`,
    `markdown file for each subject, and a line about it in ${folder}/index.md, which is put below when a conversation begins. Keep the index`,
    'short. Do not use AGENTS.md, AGENTS.local.md or AGENTS.override.md for this: they are not yours.',
  ].join('\n');
  const said = index.trim();
  if (said === '') return pointer;
  return `${pointer}\n\nPreferences that stand here are binding, from your first answer on.\n\n## index.md\n\n${cutIndex(said, folder)}`;
}

function cutIndex(index: string, folder: string): string {
  if (index.length <= MOST_INDEX) return index;
  const end = index.lastIndexOf('\n', MOST_INDEX);
  // Whole lines, or at least whole characters.
  const kept = end > 0 ? index.slice(0, end) : index.slice(0, MOST_INDEX).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}\n\n(The index goes on: read ${folder}/index.md, and make it shorter.)`;
}

export interface SkillLine {
  readonly name: string;
  readonly description: string;
  /** Its SKILL.md. */
  readonly file: string;
}

/** `own` is the folder for those that the agent writes itself. */
export function skillsText(skills: readonly SkillLine[], own: string | undefined): string {
  const list = skills.map(({ name, description, file }) => `- ${name}: ${shortened(description)} (${file})`);
  const there =
    list.length === 0 ? [] : ['Instructions for certain kinds of work. Read the file of one before you do such work.', '', ...list];
  if (own === undefined) return there.join('\n');
  const writing = [
    `A way of working that you will want again may become a skill: write it to ${own}/NAME/SKILL.md, which begins with a front matter of`,
    '`name` and `description`. It counts from the next conversation on. Skills that are written to other places are lost.',
  ];
  return [...there, ...(there.length === 0 ? [] : ['']), ...writing].join('\n');
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_DESCRIPTION ? line : `${line.slice(0, LONGEST_DESCRIPTION).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
