/** Paths as text: nothing is looked up, so links are not followed. POSIX paths, and those of Windows where the folder is one. */

interface Path {
  readonly root: string;
  readonly names: readonly string[];
}

/** Whether a path is the folder or lies in it; relative ones begin at `cwd`. */
export function isInside(path: string, folder: string, cwd: string): boolean {
  const inner = resolved(path, cwd);
  const outer = resolved(folder, cwd);
  return inner.root === outer.root && outer.names.every((name, at) => inner.names[at] === name);
}

/** Whoever may write here may have something run later, or act as somebody else. Codex keeps these from its agents too. */
const PRIVATE = new Set(['.git', '.codex', '.agents', '.aws']);

/** Whether a path that lies in the folder lies in one of its `.git`, `.codex`, `.agents` or `.aws`; false when the folder itself does. */
export function isPrivateInside(path: string, folder: string, cwd: string): boolean {
  const names = resolved(path, cwd).names.slice(resolved(folder, cwd).names.length);
  return names.some((name) => PRIVATE.has(name.toLowerCase()));
}

export function isSamePath(one: string, other: string): boolean {
  return isInside(one, other, other) && isInside(other, one, one);
}

function resolved(path: string, cwd: string): Path {
  const { root, names } = isAbsolute(path) ? split(path) : split(`${cwd}/${path}`);
  const kept: string[] = [];
  for (const name of names) {
    if (name === '..') kept.pop();
    else if (name !== '' && name !== '.') kept.push(name);
  }
  return { root, names: kept };
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || DRIVE.test(path);
}

const DRIVE = /^([A-Za-z]:)[\\/]/;

/** A backslash is a letter like any other in a POSIX path. */
function split(path: string): Path {
  const drive = DRIVE.exec(path)?.[1];
  if (drive === undefined) return { root: '/', names: path.split('/') };
  return { root: drive.toLowerCase(), names: path.slice(drive.length).split(/[\\/]/) };
}
