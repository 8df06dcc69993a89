/**
 * Every error code, with what it means. `retryable` says whether the same call may succeed later without
 * anything being changed. The table in docs/errors.md is checked against this one, both ways.
 */
export const errorTable = {
  TC_ERR_INVALID_INPUT: {
    retryable: false,
    meaning: 'An argument is missing, unknown or of the wrong type or size.',
  },
  TC_ERR_UNKNOWN_OPERATION: {
    retryable: false,
    meaning: 'No operation of that name is offered by this daemon.',
  },
  TC_ERR_FORBIDDEN: {
    retryable: false,
    meaning: 'The caller lacks the scope that the operation needs, or a plugin refused it.',
  },
  TC_ERR_UNAUTHENTICATED: { retryable: false, meaning: 'A token was shown that this daemon did not issue.' },
  TC_ERR_CANCELLED: {
    retryable: false,
    meaning: 'The caller cancelled, or went away, before the operation ended.',
  },
  TC_ERR_TIMEOUT: { retryable: true, meaning: 'Something did not answer within its deadline.' },
  TC_ERR_BUSY: {
    retryable: true,
    meaning:
      'A client has too many connections or requests open at once, another computer can take in no more for now, or too much was said in a session at once.',
  },
  TC_ERR_INTERNAL: { retryable: false, meaning: 'A fault inside the program; the log has the details.' },
  TC_ERR_MESSAGE_TOO_LARGE: {
    retryable: false,
    meaning: 'A message on the control socket, or between computers, is larger than the limit.',
  },
  TC_ERR_PROTOCOL: {
    retryable: false,
    meaning: 'A peer sent something that is not the protocol, or speaks another version of it.',
  },

  TC_ERR_SESSION_NOT_FOUND: { retryable: false, meaning: 'No session has that id.' },
  TC_ERR_SESSION_CLOSED: {
    retryable: false,
    meaning: 'The session has ended; it can be read but not written to.',
  },
  TC_ERR_SESSION_STATE: { retryable: false, meaning: 'The session is in a state that does not allow this.' },
  TC_ERR_SESSION_LIMIT: {
    retryable: true,
    meaning: 'This computer already runs as many sessions as it may.',
  },
  TC_ERR_LOW_MEMORY: {
    retryable: true,
    meaning: 'This computer has too little memory left to start another session.',
  },
  TC_ERR_INPUT_REJECTED: {
    retryable: false,
    meaning: 'A plugin refused the input, or did not decide in time.',
  },
  TC_ERR_INPUT_FULL: {
    retryable: true,
    meaning: 'The program does not read its input, and as much as may wait for it waits already.',
  },
  TC_ERR_PORT: {
    retryable: false,
    meaning: 'A port cannot be reached or used.',
  },
  TC_ERR_FILE: { retryable: false, meaning: 'A file cannot be read, is no file, or is too large.' },
  TC_ERR_UNKNOWN_KEY: { retryable: false, meaning: 'A key name is not one of those that can be sent.' },
  TC_ERR_CURSOR_INVALID: { retryable: false, meaning: 'The cursor is not one that this program returned.' },
  TC_ERR_PATTERN_INVALID: {
    retryable: false,
    meaning: 'A wait_for pattern is not a regular expression of the supported kind.',
  },
  TC_ERR_CWD: { retryable: false, meaning: 'The working directory does not exist or cannot be entered.' },
  TC_ERR_COMMAND_NOT_FOUND: {
    retryable: false,
    meaning: 'The program or shell to start does not exist or cannot be executed.',
  },
  TC_ERR_KIND_UNKNOWN: { retryable: false, meaning: 'No plugin knows how to start a session of that kind.' },
  TC_ERR_TERMINAL_HOST: {
    retryable: true,
    meaning: 'The process that holds the terminals is gone or does not answer.',
  },
  TC_ERR_BACKEND: {
    retryable: false,
    meaning: 'What is to run the terminal does not exist, or cannot be used on this computer.',
  },
  TC_ERR_ADOPT: {
    retryable: false,
    meaning: 'The terminal to take over does not exist, or cannot be taken over.',
  },
  TC_ERR_SCREEN_UNAVAILABLE: { retryable: false, meaning: 'The screen of this session cannot be rendered.' },

  TC_ERR_COMPUTER_UNKNOWN: { retryable: false, meaning: 'No computer of that name is known.' },
  TC_ERR_COMPUTER_OFFLINE: { retryable: true, meaning: 'The computer is known but not online.' },
  TC_ERR_NO_TRANSPORT: { retryable: false, meaning: 'No plugin connects this computer to others.' },
  TC_ERR_TRANSPORT: {
    retryable: true,
    meaning: 'The connection to other computers is down; nothing was sent.',
  },
  TC_ERR_OUTCOME_UNKNOWN: {
    retryable: false,
    meaning:
      'The other computer failed while it did this: it may have been done, in part or in whole, or not.',
  },
  TC_ERR_PEER_REFUSED: {
    retryable: false,
    meaning: 'The other computer is not who it was: its key changed, or it was revoked.',
  },
  TC_ERR_CLOCK_SKEW: {
    retryable: false,
    meaning: 'The clocks of the two computers differ by more than is tolerated.',
  },

  TC_ERR_ADAPTER_UNKNOWN: { retryable: false, meaning: 'No adapter of that type is registered.' },
  TC_ERR_ADAPTER_EXISTS: { retryable: false, meaning: 'An adapter of that type is already registered.' },
  TC_ERR_ADAPTER: { retryable: true, meaning: 'An adapter failed to reach its far side.' },

  TC_ERR_CONFIG_INVALID: {
    retryable: false,
    meaning: 'The configuration is wrong; every problem is listed with its path.',
  },
  TC_ERR_CONFIG_LOAD: {
    retryable: false,
    meaning: 'The configuration file could not be read, or threw, or exports nothing.',
  },
  TC_ERR_SECRET: { retryable: false, meaning: 'A secret that the configuration refers to is not there.' },
  TC_ERR_PLUGIN_UNKNOWN: {
    retryable: false,
    meaning: 'A plugin named in the configuration cannot be found.',
  },
  TC_ERR_PLUGIN_SETUP: { retryable: false, meaning: 'A plugin failed, or took too long, while starting.' },
  TC_ERR_PLUGIN_CLOSE: { retryable: false, meaning: 'A plugin failed, or took too long, while closing.' },
  TC_ERR_SERVICE_MISSING: { retryable: false, meaning: 'A plugin needs a service that no plugin provides.' },
  TC_ERR_SERVICE_DUPLICATE: { retryable: false, meaning: 'Two plugins provide the same service.' },
  TC_ERR_SERVICE_CYCLE: { retryable: false, meaning: 'Plugins need each other in a circle.' },
  TC_ERR_HOOK_TIMEOUT: { retryable: false, meaning: 'A plugin did not answer a hook within its deadline.' },
  TC_ERR_HOOK_FAILED: { retryable: false, meaning: 'A plugin threw in a hook.' },

  TC_ERR_STATE_DIR: {
    retryable: false,
    meaning: 'The state folder cannot be used, or others can write to it.',
  },
  TC_ERR_ALREADY_RUNNING: { retryable: false, meaning: 'Another daemon runs on this state folder.' },
  TC_ERR_SUPERVISOR: {
    retryable: false,
    meaning: "systemd or launchd refused, or the file of the service is not this program's to change.",
  },
  TC_ERR_NOT_RUNNING: { retryable: true, meaning: 'No daemon runs on this state folder.' },
  TC_ERR_STORE: { retryable: true, meaning: 'The database could not be read or written.' },
  TC_ERR_STORE_CORRUPT: { retryable: false, meaning: 'The database file is damaged; it is left as it is.' },
  TC_ERR_STORE_NEWER: {
    retryable: false,
    meaning: 'The database was written by a newer version of the program.',
  },
  TC_ERR_DISK_FULL: { retryable: true, meaning: 'There is no room left on the disk of the state folder.' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>

/** One of the codes in {@link errorTable}. */
export type ErrorCode = keyof typeof errorTable

/** What else an error may say. */
export interface ErrorDetails {
  /** The plugin to blame. */
  plugin?: string | undefined
  /** The hook in which it happened. */
  hook?: string | undefined
  /** Overrides what the table says of the code. */
  retryable?: boolean | undefined
  cause?: unknown
}

/** An error as it crosses a process or computer boundary. */
export interface WireError {
  code: ErrorCode
  message: string
  retryable: boolean
  plugin?: string | undefined
  hook?: string | undefined
}

/**
 * The error of this program. Its message says what went wrong, with which thing, and what to do about it;
 * it never holds a secret.
 *
 * @example throw new TeleclaudeError('TC_ERR_CWD', `cannot enter '${cwd}': it does not exist. Give a folder that does.`)
 */
export class TeleclaudeError extends Error {
  override readonly name = 'TeleclaudeError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly plugin: string | undefined
  readonly hook: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.retryable = details.retryable ?? errorTable[code].retryable
    this.plugin = details.plugin
    this.hook = details.hook
  }
}

/** Whether `value` is a {@link TeleclaudeError}, of the given code if one is given. */
export function isTeleclaudeError(value: unknown, code?: ErrorCode): value is TeleclaudeError {
  return value instanceof TeleclaudeError && (code === undefined || value.code === code)
}

/** Makes any thrown value a {@link TeleclaudeError}; one that already is one is returned as it is. */
export function asTeleclaudeError(
  thrown: unknown,
  code: ErrorCode = 'TC_ERR_INTERNAL',
  details: ErrorDetails = {},
): TeleclaudeError {
  if (thrown instanceof TeleclaudeError) return thrown
  return new TeleclaudeError(code, messageOf(thrown), { cause: thrown, ...details })
}

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

export function errorToWire(error: TeleclaudeError): WireError {
  const { code, message, retryable, plugin, hook } = error
  return { code, message, retryable, ...(plugin && { plugin }), ...(hook && { hook }) }
}

/** Rebuilds an error from the wire; a code that this version does not know becomes TC_ERR_INTERNAL. */
export function errorFromWire(wire: WireError): TeleclaudeError {
  const known = Object.hasOwn(errorTable, wire.code)
  const message = known ? wire.message : `${wire.code}: ${wire.message}`
  return new TeleclaudeError(known ? wire.code : 'TC_ERR_INTERNAL', message, wire)
}
