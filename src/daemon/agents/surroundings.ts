/**
 * An agent's surroundings: a home of its own, its instructions, its memory and its skills, made ready before each conversation. What
 * the system refuses is said in the diagnostics and the agent goes on with what there is; only a configuration that cannot be is refused.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.js';
import { makePrivateFolder } from '../../base/private-files.js';
import { hasInstructions, isOverridden, removeInstructions, writeInstructions } from '../../codex/home/instructions-file.js';
import { makeOwnHome } from '../../codex/home/own-home.js';
import { readSkill, type Skill, skillsIn } from '../../codex/home/skill.js';
import { linkSkills } from '../../codex/home/skill-links.js';
import { baseText, memoryText, skillsText } from '../../domain/instruction-sections.js';
import { type ComposedInstructions, composeInstructions } from '../../domain/instructions.js';
import type { ThreadSetup } from '../../ports/agent.js';
import type { Logger } from '../../ports/logger.js';
import { type AgentPlaces, hasOwnCodexHome, instructionsFile, isTold } from './agent-info.js';
import { type Complain, instructionModules, ownInstructions, textOf } from './instruction-files.js';
import type { PreparedAgent } from './preparation.js';

export interface Surroundings {
  /** Throws `invalid-input` for what can never be made ready. Writes nothing. */
  check(agent: PreparedAgent): void;
  /** Makes everything ready and says what conversations are to be given beside. Throws as `check` does, and nothing else. */
  make(agent: PreparedAgent): ThreadSetup;
}

export interface SurroundingsParts {
  readonly places: AgentPlaces;
  readonly logger: Logger;
  /** Replaces a file whole or not at all. */
  readonly write?: (file: string, text: string) => void;
}

type Problem = ComposedInstructions['warnings'][number];

export function surroundings({ places, logger, write }: SurroundingsParts): Surroundings {
  const said = new Map<string, string>();
  /** Once for each thing that is wrong: conversations are opened often. */
  const report = (alias: string, problems: readonly Problem[]): void => {
    const all = JSON.stringify(problems);
    if (said.get(alias) !== all) for (const { level, message } of problems) logger[level]({ agent: alias }, message);
    said.set(alias, all);
  };
  return {
    check: ({ config }) => void (config.skills ?? []).map(readSkill),
    make(agent) {
      const problems: Problem[] = [];
      const selected = (agent.config.skills ?? []).map(readSkill);
      const setup = new Making(agent, places, problems, write).make(selected);
      report(agent.info.alias, problems);
      return setup;
    },
  };
}

class Making {
  readonly #agent: PreparedAgent;
  readonly #places: AgentPlaces;
  readonly #problems: Problem[];
  readonly #write: SurroundingsParts['write'];

  constructor(agent: PreparedAgent, places: AgentPlaces, problems: Problem[], write: SurroundingsParts['write']) {
    this.#agent = agent;
    this.#places = places;
    this.#problems = problems;
    this.#write = write;
  }

  make(selected: readonly Skill[]): ThreadSetup {
    const { codexHome, memory } = this.#agent.info;
    if (this.#own) this.#try(`the home ${codexHome} cannot be made ready`, () => this.#makeHome());
    if (memory !== undefined) this.#try(`the memory ${memory} cannot be made ready`, () => this.#makeMemory(memory));
    const skills = [...selected, ...(memory === undefined ? [] : skillsIn(ownSkills(memory)))];
    for (const { fault } of skills) if (fault !== undefined) this.#warn(`${fault}: Codex passes over this skill`);
    if (this.#own) this.#try(`skills cannot be linked into ${codexHome}`, () => this.#link(skills));
    const instructions = this.#tell(skills);
    return {
      ...(instructions === undefined ? {} : { instructions }),
      ...(memory === undefined ? {} : { writableRoots: [memory] }),
      ...(this.#own || skills.length === 0 ? {} : { skills: skills.map(({ folder }) => folder) }),
    };
  }

  get #own(): boolean {
    return hasOwnCodexHome(this.#agent.config);
  }

  #makeHome(): void {
    const { codexHome, emptyAuthFile } = this.#agent.info;
    makeOwnHome({ folder: codexHome, emptyAuthFile });
  }

  /** A folder that the user has named is the user's: its rights stay as they are. */
  #makeMemory(folder: string): void {
    if (this.#agent.config.memory === true) makePrivateFolder(folder);
    else mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  #link(skills: readonly Skill[]): void {
    const { inTheWay } = linkSkills(this.#agent.info.codexHome, skills);
    for (const message of inTheWay) this.#warn(message);
  }

  /** Writes the instructions; gives them back when Codex does not read them where they are written. */
  #tell(skills: readonly Skill[]): string | undefined {
    const { config, info } = this.#agent;
    const file = instructionsFile(this.#places, config);
    if (!isTold(this.#places, config)) {
      this.#try(`${file} cannot be removed`, () => removeInstructions(file));
      return undefined;
    }
    const { text, warnings } = this.#compose(skills);
    this.#problems.push(...warnings);
    const stands = this.#writeTo(file, text);
    if (!this.#own) return text;
    if (!isOverridden(info.codexHome)) return stands ? undefined : text;
    this.#warn(`${join(info.codexHome, 'AGENTS.override.md')} hides AGENTS.md from Codex; what is composed is handed over beside it`);
    return text;
  }

  /** Whether a text of ours stands there now, be it an old one. */
  #writeTo(file: string, text: string): boolean {
    const { alias } = this.#agent.info;
    try {
      const done = writeInstructions({ file, text, ...(this.#write === undefined ? {} : { write: this.#write }) });
      if (done !== 'foreign') return true;
      const instead = join(this.#places.agents, alias, 'instructions.md');
      this.#warn(`${file} was not written by Spool and is left as it is: to have it in the instructions, move its text to ${instead}`);
      return false;
    } catch (error) {
      const bytes = Buffer.byteLength(text);
      this.#problems.push({
        level: 'error',
        message: `the instructions (${bytes} bytes) cannot be written to ${file}: ${messageOf(error)}`,
      });
      return standsAlready(file);
    }
  }

  #compose(skills: readonly Skill[]): ComposedInstructions {
    const { config, info } = this.#agent;
    const folder = join(this.#places.agents, info.alias);
    const complain: Complain = (message) => void this.#problems.push({ level: 'error', message });
    const { memory, archive } = info;
    const servers = Object.entries(config.mcpServers ?? {}).filter(([, { enabled }]) => enabled !== false);
    return composeInstructions({
      alias: info.alias,
      base: baseText({ archive }),
      own: [config.instructions ?? '', ownInstructions(folder, complain)],
      memory: memory === undefined ? undefined : memoryText({ folder: memory, index: textOf(join(memory, 'index.md'), complain) }),
      skills: skillsText(
        skills.filter(({ fault }) => fault === undefined),
        memory === undefined ? undefined : ownSkills(memory),
      ),
      modules: instructionModules(folder, complain),
      servers: servers.map(([name, { instructions = '' }]) => ({ name, text: instructions })),
    });
  }

  #warn(message: string): void {
    this.#problems.push({ level: 'warn', message });
  }

  #try(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#problems.push({ level: 'error', message: `${what}: ${messageOf(error)}` });
    }
  }
}

/** Skills that the agent writes itself are a part of what it keeps. */
function ownSkills(memory: string): string {
  return join(memory, 'skills');
}

function standsAlready(file: string): boolean {
  try {
    return hasInstructions(file);
  } catch {
    // Whatever is there, Codex cannot read it either.
    return false;
  }
}
