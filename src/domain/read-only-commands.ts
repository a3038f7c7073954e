/**
 * Commands that are known to only read: a closed list of programs, and for each the flags it may have. Whatever is not named here is not
 * read-only: another program, a flag that was invented since, a file name pattern that could become a flag.
 */

import { commandsRun } from './command-prefix.js';
import { isSamePath } from './paths.js';
import type { Command, Word } from './shell-line.js';

/** Where the command runs and where its session works. */
interface Place {
  readonly cwd: string | undefined;
  readonly session: string;
}

type Judge = (args: Command, place: Place) => boolean;

/** Whether every command of the line is known to only read. */
export function isReadOnly(line: string, place: Place): boolean {
  const commands = commandsRun(line);
  if (commands === null || commands.length === 0) return false;
  return commands.every(([name, ...args]) => {
    return name !== undefined && args.every(isSettled) && JUDGES.get(name.text)?.(args, place) === true;
  });
}

/** What the shell makes of a pattern begins with what stands in front of it, so that it cannot become another flag. */
function isSettled({ open }: Word): boolean {
  return open === undefined || open > 0;
}

const isFlag = ({ text }: Word): boolean => text.startsWith('-') && text !== '-';

/** Every flag is one of these, and whatever else stands there is read. */
const flags =
  (allowed: RegExp): Judge =>
  (args) =>
    args.every((arg) => !isFlag(arg) || arg.text === '--' || allowed.test(arg.text));

/** Flags only: a further word would be written to, or set something. */
const flagsOnly =
  (allowed: RegExp): Judge =>
  (args) =>
    args.every(({ text }) => allowed.test(text));

const ANY_FLAG = /^/;
const PART_OF_FILE = /^-(?:\d+|[qvz]+|[nc][-+]?\d*\w?|-(?:(?:lines|bytes)=[-+]?\d+\w*|quiet|silent|verbose|zero-terminated))$/;

/** None of their flags writes or runs anything. */
const HARMLESS = [
  ...['ls', 'cat', 'wc', 'pwd', 'echo', 'true', 'false', 'cut', 'tr', 'nl', 'tac', 'comm', 'cmp', 'stat'],
  ...['basename', 'dirname', 'realpath', 'readlink', 'which', 'whoami', 'id', 'uname', 'du'],
];

/** `find` itself runs, deletes and writes when told to; these tests and actions do not. */
const FIND =
  /^-(?:\d+\w?|[HLP]|a|o|i?name|i?path|i?wholename|i?regex|regextype|x?type|maxdepth|mindepth|size|[acm]time|[acm]min|a?newer|cnewer|newer[aBcmt]{2}|empty|perm|user|group|uid|gid|nouser|nogroup|links|inum|samefile|readable|writable|executable|prune|print0?|printf|ls|not|and|or|true|false|mount|xdev|daystart|depth|follow|quit|noleaf)$/;

const GREP =
  /^-(?:[abcEFGHhiIlLnoPqRrsTUvwx\d]*(?:[ABCDdefm].*)?|-(?:(?:ignore-case|no-ignore-case|word-regexp|line-regexp|invert-match|count|line-number|byte-offset|with-filename|no-filename|only-matching|files-with-matches|files-without-match|quiet|silent|no-messages|recursive|dereference-recursive|extended-regexp|fixed-strings|basic-regexp|perl-regexp|text|null|initial-tab|line-buffered)|(?:include|exclude|exclude-dir|regexp|file|max-count|context|after-context|before-context|binary-files|directories|devices|colou?r)(?:=.*)?))$/s;

/** Without `--pre`, `--hostname-bin` and `-z`, which run programs. */
const RIPGREP =
  /^-(?:[acFHhIiLlNnoPpqSsUuvwx.]*(?:[ABCEMTdefgjmrt].*)?|-(?:(?:ignore-case|smart-case|case-sensitive|fixed-strings|word-regexp|line-regexp|invert-match|count|count-matches|files|files-with-matches|files-without-match|hidden|no-ignore|no-ignore-vcs|no-messages|unrestricted|line-number|no-line-number|column|heading|no-heading|with-filename|no-filename|multiline|multiline-dotall|only-matching|json|stats|trim|vimgrep|pcre2|follow|text|crlf|null|passthru|pretty|quiet|type-list|no-config|version)|(?:glob|iglob|type|type-not|context|after-context|before-context|max-count|max-depth|max-columns|max-filesize|replace|regexp|file|color|colors|sort|sortr|encoding|engine|threads)(?:=.*)?))$/s;

const SORT = /^-(?:[bcCdfghiMnrRsuVz]*(?:[kt].*)?|-(?:reverse|numeric-sort|human-numeric-sort|version-sort|unique|ignore-case|key=.*))$/s;
const UNIQ = /^-(?:[cduiDz]+|[fsw]\d+|-(?:count|repeated|unique|ignore-case))$/;
const DATE = /^(?:\+.*|-(?:u|R|I\w*|-utc|-iso-8601(?:=\w+)?))$/s;
const FILE_TYPE = /^-(?:[bikL]+|-(?:brief|mime|mime-type|mime-encoding|dereference))$/;
const TREE = /^-(?:[aCdDfFghilLpqsStuvIP]+|-(?:dirsfirst|noreport|gitignore|prune|du))$/;
const DIFF = /^-(?:[abBdeEiNqrstTuwy]+|[UC]\d*|\d+|-(?:brief|unified(?:=\d+)?|color(?:=\w+)?|recursive|side-by-side|new-file|stat))$/;

/** `sed -n '1,20p' file`, with which files are read in pieces; any other script could write or run something. */
const sed: Judge = ([quiet, script, ...files]) =>
  quiet?.text === '-n' && /^(?:\d+|\$)(?:,(?:\d+|\$))?p$/.test(script?.text ?? '') && !files.some(isFlag);

/** Flags of the reading subcommands of git that neither write (`--output`) nor run anything (`--ext-diff`, `--textconv`, `--show-signature`). */
const GIT_FLAG =
  /^-(?:\d+|-|[abcdeilmpqrstuvwzR]+|[nCGLMSU].*|-(?:oneline|stat|numstat|shortstat|summary|name-only|name-status|raw|patch|no-patch|cached|staged|graph|all|branches|tags|remotes|decorate|no-decorate|no-color|color|abbrev-commit|no-abbrev-commit|abbrev|reverse|since|until|after|before|author|committer|grep|max-count|skip|pretty|format|merges|no-merges|first-parent|follow|date|date-order|topo-order|author-date-order|word-diff|ignore-all-space|ignore-space-change|ignore-blank-lines|unified|no-ext-diff|no-textconv|no-renames|find-renames|find-copies|diff-filter|minimal|patience|histogram|full-index|text|exit-code|quiet|relative|no-index|left-right|cherry-pick|merge-base|no-prefix|short|branch|porcelain|long|untracked-files|ignored|show-stash|ahead-behind|column|show-toplevel|abbrev-ref|verify|symbolic-full-name|is-inside-work-tree|is-bare-repository|git-dir|absolute-git-dir|git-common-dir|show-prefix|show-cdup|others|exclude-standard|modified|deleted|stage|full-name|error-unmatch|line-porcelain|verbose)(?:=.*)?)$/s;
const GIT_READS = new Set(['status', 'log', 'diff', 'show', 'rev-parse', 'ls-files', 'blame']);
/** These list when they are given nothing to make or change. */
const GIT_LISTS = new Map([
  ['branch', /^-(?:[arv]+|-(?:all|remotes|list|show-current|verbose|no-color|sort=.*))$/s],
  ['remote', /^-(?:v|-verbose)$/],
]);

/**
 * A repository's own configuration can name programs for git to run, and an agent can make a repository anywhere in its folder: only the
 * `.git` of the folder itself is kept from it. So git is taken to only read where the session itself works.
 */
const git: Judge = (args, { cwd, session }) => {
  if (cwd === undefined || !isSamePath(cwd, session)) return false;
  const [subcommand, ...rest] = args.filter(({ text }, at) => at > 0 || text !== '--no-pager');
  if (subcommand === undefined) return false;
  const lists = GIT_LISTS.get(subcommand.text);
  if (lists !== undefined) return rest.every(({ text }) => lists.test(text));
  return GIT_READS.has(subcommand.text) && rest.every((arg) => !isFlag(arg) || GIT_FLAG.test(arg.text));
};

const JUDGES: ReadonlyMap<string, Judge> = new Map([
  ...HARMLESS.map((name): [string, Judge] => [name, flags(ANY_FLAG)]),
  ['head', flags(PART_OF_FILE)],
  ['tail', flags(PART_OF_FILE)],
  ...['grep', 'egrep', 'fgrep'].map((name): [string, Judge] => [name, flags(GREP)]),
  ['find', flags(FIND)],
  ['rg', flags(RIPGREP)],
  ['sort', flags(SORT)],
  ['uniq', flagsOnly(UNIQ)],
  ['date', flagsOnly(DATE)],
  ['file', flags(FILE_TYPE)],
  ['tree', flags(TREE)],
  ['diff', flags(DIFF)],
  ['sed', sed],
  ['git', git],
]);
