import { resolve } from 'node:path'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { declareInput, inputOf } from '../../../core/cli/operation-fields.ts'
import { coreOperations } from '../../../core/operations/index.ts'
import { type AnyOperation, defineOperation } from '../../../core/operations/operation.ts'

const operation = defineOperation({
  name: 'thing.do',
  summary: 'Does it.',
  input: z.strictObject({
    thing_id: z.string().describe('Which.'),
    words: z.string(),
    wait_ms: z.int().default(5).describe('How long.'),
    loud: z.boolean().default(true),
    quick: z.boolean().optional(),
    mode: z.enum(['a', 'b']).optional(),
    tags: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional(),
    since: z.union([z.string(), z.literal(0)]).default('0'),
    cwd: z.string().optional(),
    computer: z.string().optional(),
  }),
  output: z.null(),
  scope: 'sessions:read',
  idempotent: true,
  at: 'here',
  cli: { words: 'thing do', positional: ['thing_id', 'words...'] },
  run: async () => null,
})

function parse(argv: string[], of: AnyOperation = operation) {
  const command = new Command('thing').exitOverride().configureOutput({ writeErr: () => {} })
  declareInput(command, of)
  command.parse(argv, { from: 'user' })
  return inputOf(of, { args: command.processedArgs, options: command.opts() })
}

test('what is named as positional is taken by place, the rest of the line as one text', () => {
  expect(parse(['t1', 'echo', 'a  b'])).toEqual({ thing_id: 't1', words: 'echo a  b' })
  expect(parse(['t1', '--', 'ls', '--all'])).toEqual({ thing_id: 't1', words: 'ls --all' })
})

test('every kind of field has its option, and what is not given is not sent', () => {
  const line = ['--wait-ms', '7', '--no-loud', '--quick', '--mode', 'b', '--tags', 'x', '--tags', 'y']
  expect(parse(['t1', 'w', ...line, '--env', 'A=1=2', '--env', 'B=', '--since', 'abc.1'])).toEqual({
    thing_id: 't1',
    words: 'w',
    wait_ms: 7,
    loud: false,
    quick: true,
    mode: 'b',
    tags: ['x', 'y'],
    env: { A: '1=2', B: '' },
    since: 'abc.1',
  })
})

test('a folder is the one meant here, unless another computer is', () => {
  expect(parse(['t1', 'w', '--cwd', 'sub']).cwd).toBe(resolve('sub'))
  expect(parse(['t1', 'w', '--cwd', 'sub', '--computer', 'far']).cwd).toBe('sub')
})

test.each([
  ['a number that is none', ['t1', 'w', '--wait-ms', 'soon']],
  ['a choice that is none', ['t1', 'w', '--mode', 'c']],
  ['a variable without a value', ['t1', 'w', '--env', 'A']],
  ['an unknown option', ['t1', 'w', '--nope']],
  ['too little', ['t1']],
])('%s is refused', (_what, argv) => {
  expect(() => parse(argv)).toThrow()
})

test('every operation that is a verb can be declared, and its required fields can be given', () => {
  for (const one of coreOperations) {
    if (!one.cli) continue
    const command = new Command(one.cli.words)
    declareInput(command, one)
    const given = [
      ...command.registeredArguments.map(argument => argument.name().replaceAll('-', '_')),
      ...command.options.map(option => option.name().replace(/^no-/, '').replaceAll('-', '_')),
    ]
    expect(given.sort()).toEqual(Object.keys(one.input.shape).sort())
  }
})
