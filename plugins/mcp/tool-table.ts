import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { type Clock, type OperationDescription, TeleclaudeError, withDeadline } from '../../core/index.ts'
import type { DaemonLink } from './daemon-link.ts'

/** One operation as an MCP client sees it. */
export interface OperationTool {
  readonly operation: string
  readonly definition: Tool
}

/** The tools, derived from the operations of the daemon; while it is away, from those of the configuration. */
export interface ToolTable {
  list(): Promise<readonly OperationTool[]>
  /** Asks the daemon anew before it says that there is no such tool. */
  find(name: string): Promise<OperationTool | undefined>
  /** Whether the daemon, asked now, has other tools than were last listed. */
  hasChanged(): Promise<boolean>
}

/** A daemon answers in a millisecond; one that hangs must not keep an agent from seeing the tools. */
const DEADLINE_MS = 2000

export function createToolTable(
  link: DaemonLink,
  configured: () => Promise<readonly OperationDescription[]>,
  clock: Clock,
): ToolTable {
  let tools: readonly OperationTool[] | undefined

  const refresh = async () => {
    tools = await fromDaemon(link, clock).catch(async () => tools ?? toTools(await configured()))
    return tools
  }
  const named = (name: string) => tools?.find(tool => tool.definition.name === name)

  return {
    list: refresh,
    async find(name) {
      if (!named(name)) await refresh()
      return named(name)
    },
    async hasChanged() {
      const before = JSON.stringify(tools)
      return JSON.stringify(await refresh()) !== before
    },
  }
}

async function fromDaemon(link: DaemonLink, clock: Clock): Promise<readonly OperationTool[]> {
  const abort = new AbortController()
  const asked = link.call<{ operations: readonly OperationDescription[] }>(
    'operations.list',
    {},
    { signal: abort.signal },
  )
  try {
    return toTools((await withDeadline(clock, asked, DEADLINE_MS, tooSlow)).operations)
  } finally {
    abort.abort()
  }
}

const tooSlow = () =>
  new TeleclaudeError('TC_ERR_TIMEOUT', `the daemon did not list its operations within ${DEADLINE_MS} ms`)

function toTools(operations: readonly OperationDescription[]): readonly OperationTool[] {
  return operations.flatMap(operation => {
    if (!operation.mcp) return []
    const { name, description, annotations } = operation.mcp
    const definition: Tool = {
      name,
      description: description ?? operation.summary,
      inputSchema: operation.input_schema,
      outputSchema: operation.output_schema,
      ...(annotations && { annotations }),
    }
    return [{ operation: operation.name, definition }]
  })
}
