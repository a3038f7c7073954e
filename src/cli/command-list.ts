/** Every command of `spool`: its name, one line about it, and where it lies. A command's file is loaded only when it is used. */

import type { AnyCommand } from './command.js';

export interface Leaf {
  readonly summary: string;
  readonly load: () => Promise<AnyCommand>;
}

export interface Group {
  readonly summary: string;
  readonly commands: Readonly<Record<string, Leaf>>;
}

export type Entry = Leaf | Group;

export function isGroup(entry: Entry): entry is Group {
  return 'commands' in entry;
}

/** In the order in which people need them; headings are in help.ts. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  demo: {
    summary: 'See it work: the real Codex, an offline model, no account',
    load: async () => (await import('./commands/demo.js')).demo,
  },
  setup: {
    summary: 'The first run: find Codex, choose a login, make an agent',
    load: async () => (await import('./commands/setup.js')).setup,
  },
  run: { summary: 'Run one turn in a new session and stream it', load: async () => (await import('./commands/run.js')).run },
  serve: { summary: 'Run a host in the foreground', load: async () => (await import('./commands/serve.js')).serve },
  daemon: {
    summary: 'Run a host in the background, or as a service',
    commands: {
      start: { summary: 'Start it and wait until it answers', load: async () => (await import('./commands/daemon-start.js')).daemonStart },
      stop: { summary: 'Stop it; running turns go on', load: async () => (await import('./commands/daemon-stop.js')).daemonStop },
      restart: { summary: 'Stop and start it', load: async () => (await import('./commands/daemon-restart.js')).daemonRestart },
      status: {
        summary: 'Show whether it runs, and what it does',
        load: async () => (await import('./commands/daemon-status.js')).daemonStatus,
      },
      install: { summary: 'Make it a service', load: async () => (await import('./commands/daemon-install.js')).daemonInstall },
      uninstall: { summary: 'Remove the service', load: async () => (await import('./commands/daemon-uninstall.js')).daemonUninstall },
    },
  },

  new: { summary: 'Open a session', load: async () => (await import('./commands/new.js')).open },
  send: { summary: 'Ask a session for a turn', load: async () => (await import('./commands/send.js')).send },
  wait: { summary: 'Wait until a session has nothing more to do', load: async () => (await import('./commands/wait.js')).wait },
  interrupt: { summary: 'Interrupt the running turn', load: async () => (await import('./commands/interrupt.js')).interrupt },
  attach: { summary: 'Follow a session live and answer its questions', load: async () => (await import('./commands/attach.js')).attach },
  tui: { summary: "Join a session with Codex's own terminal interface", load: async () => (await import('./commands/tui.js')).tui },
  queue: {
    summary: 'Look at the turns that wait; move them, take them back',
    commands: {
      ls: { summary: 'List the turns that wait', load: async () => (await import('./commands/queue-ls.js')).queueLs },
      move: { summary: 'Give a turn another place', load: async () => (await import('./commands/queue-move.js')).queueMove },
      cancel: { summary: 'Take a turn back', load: async () => (await import('./commands/queue-cancel.js')).queueCancel },
    },
  },
  fork: { summary: 'Open a session that goes on from a copy of another', load: async () => (await import('./commands/fork.js')).fork },
  compact: { summary: 'Have a conversation made shorter', load: async () => (await import('./commands/compact.js')).compact },
  consume: {
    summary: 'Take heavy tool results out of a conversation',
    load: async () => (await import('./commands/consume.js')).consume,
  },
  review: { summary: 'Have changes reviewed', load: async () => (await import('./commands/review.js')).review },
  rename: { summary: 'Give a session another title', load: async () => (await import('./commands/rename.js')).rename },
  archive: { summary: 'Archive a session', load: async () => (await import('./commands/archive.js')).archive },

  ls: { summary: 'List sessions', load: async () => (await import('./commands/ls.js')).ls },
  show: { summary: 'Show one session and its turns', load: async () => (await import('./commands/show.js')).show },
  messages: { summary: 'Print a conversation as chat messages', load: async () => (await import('./commands/messages.js')).messages },
  logs: { summary: 'Print the events of a session', load: async () => (await import('./commands/logs.js')).logs },
  files: { summary: 'List the files that turns produced, or fetch one', load: async () => (await import('./commands/files.js')).files },
  permit: {
    summary: 'Answer what agents ask',
    commands: {
      ls: { summary: 'List the questions that wait', load: async () => (await import('./commands/permit-ls.js')).permitLs },
      show: { summary: 'Show one question in full', load: async () => (await import('./commands/permit-show.js')).permitShow },
      allow: { summary: 'Allow what is asked', load: async () => (await import('./commands/permit-allow.js')).permitAllow },
      deny: { summary: 'Deny what is asked', load: async () => (await import('./commands/permit-deny.js')).permitDeny },
      answer: { summary: 'Answer what wants more than yes', load: async () => (await import('./commands/permit-answer.js')).permitAnswer },
    },
  },
  agent: {
    summary: 'Make agents, look at them, change them',
    commands: {
      ls: { summary: 'List agents', load: async () => (await import('./commands/agent-ls.js')).agentLs },
      show: { summary: 'Show one agent', load: async () => (await import('./commands/agent-show.js')).agentShow },
      create: { summary: 'Make an agent', load: async () => (await import('./commands/agent-create.js')).agentCreate },
      set: { summary: 'Change an agent', load: async () => (await import('./commands/agent-set.js')).agentSet },
      rm: { summary: 'Remove an agent', load: async () => (await import('./commands/agent-rm.js')).agentRm },
      prompt: {
        summary: 'Show what the model is shown first',
        load: async () => (await import('./commands/agent-prompt.js')).agentPrompt,
      },
      admit: { summary: 'Admit an agent from elsewhere', load: async () => (await import('./commands/agent-admit.js')).agentAdmit },
      dismiss: { summary: 'Let one in no more', load: async () => (await import('./commands/agent-dismiss.js')).agentDismiss },
    },
  },
  task: {
    summary: 'Give agents work, and look after it',
    commands: {
      send: { summary: 'Send a task to an agent', load: async () => (await import('./commands/task-send.js')).taskSend },
      ls: { summary: 'List tasks', load: async () => (await import('./commands/task-ls.js')).taskLs },
      show: { summary: 'Show one task', load: async () => (await import('./commands/task-show.js')).taskShow },
      watch: { summary: 'Follow a task live', load: async () => (await import('./commands/task-watch.js')).taskWatch },
      wait: { summary: 'Wait for the reply', load: async () => (await import('./commands/task-wait.js')).taskWait },
      reply: { summary: 'Reply to a task', load: async () => (await import('./commands/task-reply.js')).taskReply },
      approve: {
        summary: 'Let a task go that waits for a yes',
        load: async () => (await import('./commands/task-approve.js')).taskApprove,
      },
      hold: { summary: 'Keep a task from being begun', load: async () => (await import('./commands/task-hold.js')).taskHold },
      cancel: { summary: 'Call a task off', load: async () => (await import('./commands/task-cancel.js')).taskCancel },
    },
  },
  schedule: {
    summary: 'Have tasks sent at a time, or again and again',
    commands: {
      add: { summary: 'Make a schedule', load: async () => (await import('./commands/schedule-add.js')).scheduleAdd },
      ls: { summary: 'List schedules', load: async () => (await import('./commands/schedule-ls.js')).scheduleLs },
      show: { summary: 'Show one schedule', load: async () => (await import('./commands/schedule-show.js')).scheduleShow },
      pause: { summary: 'Let its times pass', load: async () => (await import('./commands/schedule-pause.js')).schedulePause },
      resume: { summary: 'Let it send again', load: async () => (await import('./commands/schedule-resume.js')).scheduleResume },
      run: { summary: 'Send its task now', load: async () => (await import('./commands/schedule-run.js')).scheduleRun },
      rm: { summary: 'Remove a schedule', load: async () => (await import('./commands/schedule-rm.js')).scheduleRm },
    },
  },
  webhook: {
    summary: 'Have events posted to an address',
    commands: {
      add: { summary: 'Make a webhook', load: async () => (await import('./commands/webhook-add.js')).webhookAdd },
      ls: { summary: 'List webhooks', load: async () => (await import('./commands/webhook-ls.js')).webhookLs },
      show: { summary: 'Show one webhook', load: async () => (await import('./commands/webhook-show.js')).webhookShow },
      dead: { summary: 'List what nobody took', load: async () => (await import('./commands/webhook-dead.js')).webhookDead },
      redeliver: { summary: 'Post that again', load: async () => (await import('./commands/webhook-redeliver.js')).webhookRedeliver },
      rm: { summary: 'Remove a webhook', load: async () => (await import('./commands/webhook-rm.js')).webhookRm },
    },
  },
  nodes: { summary: 'List the hosts of the network and their agents', load: async () => (await import('./commands/nodes.js')).nodes },
  models: { summary: 'List the models of an agent', load: async () => (await import('./commands/models.js')).models },

  codex: {
    summary: 'Install Codex; look after its configuration',
    commands: {
      install: { summary: 'Install Codex into this home', load: async () => (await import('./commands/codex-install.js')).codexInstall },
      migrate: {
        summary: "Bring other programs' MCP servers into Codex's config.toml",
        load: async () => (await import('./commands/codex-migrate.js')).codexMigrate,
      },
      runtime: {
        summary: 'Switch Codex on or off, or tell how it stands',
        load: async () => (await import('./commands/codex-runtime.js')).codexRuntime,
      },
    },
  },
  config: {
    summary: 'Show what a host would go by',
    commands: {
      show: {
        summary: 'Places, settings, Codex, and what it is given',
        load: async () => (await import('./commands/config-show.js')).configShow,
      },
    },
  },
  login: {
    summary: 'Give agents a login of their own',
    commands: {
      codex: { summary: 'Log in for agents that run Codex', load: async () => (await import('./commands/login-codex.js')).loginCodex },
      status: { summary: 'Show the logins of this home', load: async () => (await import('./commands/login-status.js')).loginStatus },
    },
  },
  logout: {
    summary: 'Take a login away from agents',
    commands: {
      codex: { summary: 'Take the login for Codex away', load: async () => (await import('./commands/logout-codex.js')).logoutCodex },
    },
  },
  doctor: { summary: 'Check this machine and say what to mend', load: async () => (await import('./commands/doctor.js')).doctor },
  acp: { summary: 'Be an agent for editors, over the Agent Client Protocol', load: async () => (await import('./commands/acp.js')).acp },
  mcp: { summary: "Serve a host's tools as an MCP server on stdio", load: async () => (await import('./commands/mcp.js')).mcp },
  'offline-model': {
    summary: 'Run the offline model alone',
    load: async () => (await import('./commands/offline-model.js')).offlineModel,
  },
  openapi: { summary: 'Print the OpenAPI document', load: async () => (await import('./commands/openapi.js')).openapi },
  version: { summary: 'Print the version', load: async () => (await import('./commands/version.js')).version },
};
