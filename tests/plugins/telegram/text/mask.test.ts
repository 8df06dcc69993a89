import { expect, it } from 'vitest'
import { createMask, escapeHtml, splitHtml } from '../../../../plugins/telegram/text/index.ts'

const mask = createMask(true)

/** A made-up secret, put together so that this file itself has none. */
const made = (prefix: string, length: number) => prefix + 'a1B2c3D4e5'.repeat(20).slice(0, length)
const hex = (length: number) => '0123456789abcdef'.repeat(8).slice(0, length)
const pem = (kind: string, lines: readonly string[]) =>
  [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`].join('\n')
const base64Lines = [made('', 64), made('', 64), made('', 12)]

it.each([
  ['OpenAI', made('sk-proj-', 48)],
  ['Anthropic', made('sk-ant-api03-', 90)],
  ['Stripe', made('sk_live_', 24)],
  ['GitHub', made('ghp_', 36)],
  ['GitHub, fine-grained', made('github_pat_', 60)],
  ['GitLab', made('glpat-', 20)],
  ['Slack', made('xoxb-', 40)],
  ['AWS', 'AKIA' + 'IOSFODNN7EXAMPLE'],
  ['Google', made('AIza', 35)],
  ['npm', made('npm_', 36)],
  ['Hugging Face', made('hf_', 34)],
  ['Telegram', made('1234567890:', 35)],
  ['a JWT', `${made('eyJ', 20)}.${made('eyJ', 30)}.${made('', 43)}`],
  ['Vault', made('hvs.', 24)],
])('a token by its looks is masked wherever it stands: %s', (_, token) => {
  expect(mask(token)).toBe('«masked»')
  expect(mask(`using ${token}.`)).toMatch(/^using «masked»\.?$/)
  expect(mask(`{"value":"${token}"}`)).toBe('{"value":"«masked»"}')
  expect(mask(`"one\\n${token}\\n"`)).toBe('"one\\n«masked»\\n"')
})

it('a token of a bot is masked in the address of its API', () => {
  const token = made('1234567890:', 35)
  expect(mask(`POST https://api.telegram.org/bot${token}/getMe`)).toBe(
    'POST https://api.telegram.org/bot«masked»/getMe',
  )
})

it.each([
  ['password=hunter2', 'password=«masked»'],
  ['PASSWORD=hunter', 'PASSWORD=«masked»'],
  ['DB_PASSWORD="correct horse"', 'DB_PASSWORD="«masked»"'],
  ["export PGPASSWORD='x y'", "export PGPASSWORD='«masked»'"],
  ['MYSQL_PWD=abc', 'MYSQL_PWD=«masked»'],
  ['password: hunter', 'password: «masked»'],
  ['  password: hunter2 # mine', '  password: «masked» # mine'],
  ['**Password:** `hunter2`', '**Password:** `«masked»`'],
  ['{"user":"a","password":"b\\"c","x":1}', '{"user":"a","password":"«masked»","x":1}'],
  ['"{\\"password\\":\\"hunter2\\"}"', '"{\\"password\\":\\"«masked»\\"}"'],
  ['Server=db;Password=abc;Database=x', 'Server=db;Password=«masked»;Database=x'],
  ['?user=a&password=b&c=d', '?user=a&password=«masked»&c=d'],
  ['token=null&password=abc', 'token=null&password=«masked»'],
  [`api_key=${hex(32)}`, 'api_key=«masked»'],
  [`"apiKey": "${hex(20)}"`, '"apiKey": "«masked»"'],
  [`aws_secret_access_key = ${made('', 40)}`, 'aws_secret_access_key = «masked»'],
  [`TELECLAUDE_SESSION_TOKEN=${hex(32)}`, 'TELECLAUDE_SESSION_TOKEN=«masked»'],
  ['client_secret: 8f14e45f-ceea-467f', 'client_secret: «masked»'],
  [`Authorization: Bearer ${made('', 20)}`, 'Authorization: Bearer «masked»'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic «masked»'],
  [`-H "authorization: ${made('', 20)}"`, '-H "authorization: «masked»"'],
  [`x-api-key: ${hex(24)}`, 'x-api-key: «masked»'],
  ['postgres://app:s3cret@db:5432/x', 'postgres://app:«masked»@db:5432/x'],
  ['redis://:s3cret@db', 'redis://:«masked»@db'],
  ['deploy --password hunter2 --force', 'deploy --password «masked» --force'],
  ['deploy --auth-token=abc12345', 'deploy --auth-token=«masked»'],
  ['curl -u ada:s3cret https://x.y', 'curl -u ada:«masked» https://x.y'],
  ['sshpass -p s3cret ssh host', 'sshpass -p «masked» ssh host'],
])('what is called a secret, or stands where one does, is masked: %s', (text, shown) => {
  expect(mask(text)).toBe(shown)
  expect(mask(shown)).toBe(shown)
})

it.each(
  [
    'token: null',
    'token: undefined',
    '"token": "",',
    'password:',
    'Enter password: ',
    'Password for ada: ',
    'sudo: incorrect password: try again',
    'password: string',
    'password: z.string().min(8),',
    'readonly token: SecretRef',
    'const token = process.env.GITHUB_TOKEN',
    "token: env('TELEGRAM_BOT_TOKEN')",
    'const token = tokens[0]',
    'if (token === null) return',
    'login(user, password=password)',
    'password=$PASSWORD',
    `password=$\{DB_PASSWORD}`,
    'password: ********',
    'curl -u $USER:$PASS',
    'postgres://$USER:$PASS@db',
    '--token TOKEN  the token to use',
    '--password string   Password',
    'SyntaxError: Unexpected token: <',
    'max_tokens=4096, total tokens: 12345',
    'PWD=/home/ada/src',
    'docker run -u 1000:1000 x',
    'secret: found',
    "fetch(url, { credentials: 'same-origin' })",
    'tests pass: 12',
    'sort --key 2',
    'primary_key: 12345678',
    'commit 3e82e2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5',
    `sha256:${hex(64)}`,
    '"integrity": "sha512-ii4bxCTCqqwpT86XZWgJNs+ZnAIZksmLGYMViWA7PDIXYIeNo1x6cDdX3JOip9NM=="',
    'id 3b241101-e2bb-4255-8caf-4136c566a962',
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1u ada@host',
    'https://example.com:8080/a/b@c',
    'task-force-for-scikit-learn-2024-long-name',
    'see docs/token-patterns.md and src/password-field.tsx:12',
    '-----BEGIN CERTIFICATE-----',
    '12:34:56 [info] 10.0.0.1:5432 ready in 120 ms',
  ].map(line => [line] as const),
)('what programs print otherwise stays as it is: %s', line => {
  expect(mask(line)).toBe(line)
})

it('a private key is masked with all of its lines', () => {
  const text = `before\n${pem('RSA PRIVATE KEY', base64Lines)}\nafter`
  expect(mask(text)).toBe('before\n«masked»\nafter')
  expect(mask(JSON.stringify({ key: pem('PRIVATE KEY', base64Lines) }))).toBe('{"key":"«masked»"}')
})

it('a private key is masked where only its beginning or its end is there', () => {
  const lines = pem('OPENSSH PRIVATE KEY', base64Lines).split('\n')
  expect(mask(`$ cat id\n${lines.slice(0, 3).join('\n')}`)).toBe('$ cat id\n«masked»')
  expect(mask(`$ tail id\n${lines.slice(2).join('\n')}\n$ `)).toBe('$ tail id\n«masked»\n$ ')
})

it('what only speaks of private keys keeps its words', () => {
  const text = 'grep "-----BEGIN PRIVATE KEY-----" *.pem\nthat is how a key begins'
  expect(mask(text)).toBe('grep "«masked»" *.pem\nthat is how a key begins')
})

it('public keys and certificates are shown', () => {
  const text = pem('PUBLIC KEY', base64Lines)
  expect(mask(text)).toBe(text)
})

it('masked text is not masked again', () => {
  const once = mask(`password=hunter2 token=${hex(20)} https://a:b1@c`)
  expect(mask(once)).toBe(once)
})

it('nothing is masked where the option says so', () => {
  expect(createMask(false)('password=hunter2')).toBe('password=hunter2')
})

it("a configuration's own patterns mask besides the built-in ones", () => {
  const own = createMask({ patterns: ['ACME-[0-9]+', '(?i)^project .*$'] })
  expect(own('id ACME-12 and ACME-3\nProject Manhattan\npassword=x1')).toBe(
    'id «masked» and «masked»\n«masked»\npassword=«masked»',
  )
})

it('a pattern that is not RE2 is a mistake in the configuration, and named', () => {
  expect(() => createMask({ patterns: ['(?=x)'] })).toThrow(/TC_ERR_CONFIG_INVALID|\(\?=x\)/)
})

it('an own pattern that would take for ever masks what it has no time for', () => {
  const own = createMask({ patterns: ['a(?:[^;]*;)?'] })
  const shown = own('a'.repeat(200_000))
  expect(shown).toMatch(/^(?:«masked»)+$/)
})

it('what is masked before it is cut shows no half of a secret', () => {
  const text = `${'x '.repeat(2040)}${made('ghp_', 60)} and so on`
  const parts = splitHtml(escapeHtml(mask(text)))
  expect(parts).toHaveLength(2)
  expect(parts.join('')).not.toMatch(/ghp_|a1B2/)
})

const MEGABYTE = 2 ** 20
const hostile = [
  'password=',
  'token=',
  'token: "',
  'token:\'"`',
  'password: a ',
  'eyJ',
  'sk-',
  '://',
  'a:b@',
  '--',
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----\naaaa\n',
]
it.each(hostile.map(piece => [piece]))('a megabyte of %j is read through', piece => {
  expect(mask(piece.repeat(Math.ceil(MEGABYTE / piece.length))).length).toBeGreaterThan(0)
})

it('a megabyte in quotes is read through', () => {
  for (const piece of ['.', ' ', 'a', '\\', 'A1']) {
    const text = `token: "${piece.repeat(MEGABYTE / piece.length)}a"`
    expect(mask(text).length).toBeGreaterThan(0)
  }
})
