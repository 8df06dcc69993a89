import type { Verb } from './verb.ts'

/** The verbs that are more than one operation, in the order in which a newcomer meets them. Each is loaded when it runs. */
export const builtinVerbs: readonly Verb[] = [
  {
    words: 'start',
    summary: 'Start the daemon, in the foreground or with --detach.',
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    words: 'stop',
    summary: 'Stop the daemon; sessions go on unless --sessions is given.',
    load: async () => (await import('./commands/stop.ts')).stop,
  },
  {
    words: 'status',
    summary: 'Whether the daemon is ready, and how it is doing.',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    words: 'doctor',
    summary: 'Check that everything is in place, and say what to do where it is not.',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    words: 'init',
    summary: 'Write a configuration, after a few questions.',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    words: 'config check',
    summary: 'Check the configuration and list everything that is wrong with it.',
    load: async () => (await import('./commands/config-check.ts')).configCheck,
  },
  {
    words: 'logs',
    summary: "Show the daemon's log.",
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    words: 'service install',
    summary: 'Have systemd or launchd start the daemon at login, and again after a crash.',
    load: async () => (await import('./commands/service-install.ts')).serviceInstall,
  },
  {
    words: 'service uninstall',
    summary: 'Stop that service and take it away.',
    load: async () => (await import('./commands/service-uninstall.ts')).serviceUninstall,
  },
  {
    words: 'service status',
    summary: 'Whether the daemon is installed as a service, and how the service is doing.',
    load: async () => (await import('./commands/service-status.ts')).serviceStatus,
  },
  {
    words: 'run',
    summary: 'Run one command in a terminal of its own, and exit as it does.',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    words: 'completion',
    summary: 'Print what has bash, zsh or fish complete the commands.',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    words: 'plugin new',
    summary: 'Make an adapter plugin of your own, with tests that pass, in a new folder.',
    load: async () => (await import('./commands/plugin-new.ts')).pluginNew,
  },
  {
    words: 'session send',
    summary: 'Type into a session, print what comes of it, and wait for its end.',
    load: async () => (await import('./commands/session-send.ts')).sessionSend,
  },
  {
    words: 'session read',
    summary: 'Print what a session printed; with --follow, also what comes.',
    load: async () => (await import('./commands/session-read.ts')).sessionRead,
  },
  {
    words: 'session close',
    summary: 'End a session and what runs in it; with --all, every one.',
    load: async () => (await import('./commands/session-close.ts')).sessionClose,
  },
  {
    words: 'mesh rotate',
    summary: 'Change the secret that your computers share.',
    load: async () => (await import('./commands/mesh-rotate.ts')).meshRotate,
  },
  {
    words: 'mesh tail',
    summary: 'Show what passes between this computer and others, opened.',
    load: async () => (await import('./commands/mesh-tail.ts')).meshTail,
  },
]
