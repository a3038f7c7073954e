/** A unified diff, counted: how many files, lines added and removed. Pure. */

export interface ChangeCount {
  readonly files: number;
  readonly added: number;
  readonly removed: number;
}

export function countChanges(diff: string): ChangeCount {
  const counted = { files: 0, added: 0, removed: 0 };
  // Behind a hunk's heading a line that begins with --- is a removed one that began with --.
  let inHunk = false;
  for (const line of diff.split('\n')) {
    if (line.startsWith('diff --git ')) {
      counted.files += 1;
      inHunk = false;
    } else if (line.startsWith('@@')) inHunk = true;
    else if (inHunk && line.startsWith('+')) counted.added += 1;
    else if (inHunk && line.startsWith('-')) counted.removed += 1;
  }
  return counted;
}

/** `2 files +3 -1`. */
export function changeWords({ files, added, removed }: ChangeCount): string {
  return `${files} ${files === 1 ? 'file' : 'files'} +${added} -${removed}`;
}
