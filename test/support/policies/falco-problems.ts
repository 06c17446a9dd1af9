import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { manifestsOf, podsOf } from '#test/support/chart/manifests.ts'
import { CHART } from '#test/support/chart/render.ts'
import { readFalco, type FalcoEvent } from './falco.ts'

const PROGRAM: FalcoEvent = {
  'evt.dir': '<',
  'evt.rawres': 0,
  'container.id': '3ad7b26ded6d',
  'k8s.ns.name': 'credence',
  'proc.exepath': '/usr/local/bin/node',
  'proc.args': '/app/cli/credence.js scan --config /etc/credence/credence.yaml',
  'proc.vpid': 1,
  'proc.is_exe_upper_layer': false,
  'proc.is_exe_from_memfd': false,
}
const SHELL: FalcoEvent = { ...PROGRAM, 'proc.exepath': '/bin/sh', 'proc.args': '', 'proc.vpid': 23 }
const AGAIN: FalcoEvent = { ...PROGRAM, 'proc.vpid': 23, 'proc.args': '/app/cli/credence.js export --out /tmp/x' }
const starts = (by: FalcoEvent, more: FalcoEvent = {}): FalcoEvent => ({ ...by, 'evt.type': 'execve', ...more })
const opens = (file: string, by: FalcoEvent = PROGRAM, type = 'openat'): FalcoEvent => {
  return { ...by, 'evt.type': type, 'fd.typechar': 'f', 'fd.num': 19, 'fd.name': file }
}
const connects = (ip: string, port: number, more: FalcoEvent = {}): FalcoEvent => {
  const socket = { 'fd.typechar': ip.includes(':') ? 6 : 4, 'fd.l4proto': 'tcp', 'fd.ip': ip, 'fd.sip': ip }
  const waiting = { 'evt.rawres': -115, 'evt.res': 'EINPROGRESS' }
  return { ...PROGRAM, ...waiting, 'evt.type': 'connect', ...socket, 'fd.snet': ip, 'fd.sport': port, ...more }
}
const listens = (port: number): FalcoEvent => ({ ...PROGRAM, 'evt.type': 'listen', 'fd.sport': port })

const EXECUTES = 'Credence executes something else'
const BROUGHT = 'Credence runs a file that its image did not bring'
const KEYS = 'Credence key file is opened by another program'
const MEMORY = 'Credence memory is read'
const CONNECTS = 'Credence connects to an unexpected port'
const LISTENS = 'Credence listens on an unexpected port'

/** How bad each is. */
const PRIORITIES: Readonly<Record<string, string>> = {
  [EXECUTES]: 'CRITICAL',
  [BROUGHT]: 'CRITICAL',
  [KEYS]: 'CRITICAL',
  [MEMORY]: 'CRITICAL',
  [CONNECTS]: 'WARNING',
  [LISTENS]: 'CRITICAL',
}

/** What happens, and which rules are raised by it. */
const EVENTS: readonly (readonly [what: string, event: FalcoEvent, ...raised: string[]])[] = [
  ['the program starts', starts(PROGRAM)],
  ['a shell of another namespace', starts(SHELL, { 'k8s.ns.name': 'elsewhere' })],
  ['a shell of the machine', starts(SHELL, { 'container.id': 'host' })],
  ['a shell', starts(SHELL), EXECUTES],
  ['a shell by execveat', starts(SHELL, { 'evt.type': 'execveat' }), EXECUTES],
  ['the program, executed beside itself', starts(AGAIN), EXECUTES],
  ['another script', starts(PROGRAM, { 'proc.args': '/tmp/evil.mjs' }), EXECUTES],
  ['a script called alike', starts(PROGRAM, { 'proc.args': '/app/cli/credence.js.mjs' }), EXECUTES],
  ['the program with its debugger', starts(PROGRAM, { 'proc.args': '--inspect /app/cli/credence.js scan' }), EXECUTES],
  ['a Node.js that is another', starts(PROGRAM, { 'proc.exepath': '/tmp/node' }), EXECUTES],
  ['a file that was written', starts(PROGRAM, { 'proc.is_exe_upper_layer': true }), BROUGHT],
  ['a file of memory', starts(PROGRAM, { 'proc.is_exe_from_memfd': true }), BROUGHT],
  ['the program reads its keys', opens('/var/lib/credence/keys/keyring.json')],
  ['the program reads its token', opens('/var/run/secrets/tokens/token')],
  ['a shell reads what is no secret', opens('/etc/hostname', SHELL)],
  ['a shell reads keys', opens('/var/lib/credence/keys/keyring.json', SHELL), KEYS],
  ['a shell reads a certificate’s key', opens('/etc/credence-tls/tls.key', SHELL), KEYS],
  ['a shell reads the aggregator’s key', opens('/etc/credence-federation/server.key', SHELL), KEYS],
  ['a shell reads a token', opens('/var/run/secrets/tokens/token', SHELL), KEYS],
  ['a shell reads a token by its other name', opens('/run/secrets/tokens/token', SHELL), KEYS],
  ['a shell reads keys by open', opens('/etc/credence-tls/tls.key', SHELL, 'open'), KEYS],
  ['a shell reads keys by openat2', opens('/etc/credence-tls/tls.key', SHELL, 'openat2'), KEYS],
  ['the program, executed beside itself, reads keys', opens('/etc/credence-tls/tls.key', AGAIN), KEYS],
  [
    'a process of the machine opens a certificate',
    opens('/etc/credence-tls/tls.key', { ...SHELL, 'container.id': 'host' }),
  ],
  ['memory is read', opens('/proc/1/mem', SHELL), MEMORY],
  ['the program’s own memory is read', opens('/proc/self/mem'), MEMORY],
  ['memory is read by a thread', opens('/proc/1/task/7/mem', SHELL), MEMORY],
  ['the environment is read', opens('/proc/1/environ', SHELL), MEMORY],
  ['what the processor can is read', opens('/proc/cpuinfo')],
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd'].map(
    (type) => [`memory is reached by ${type}`, { ...SHELL, 'evt.type': type }, MEMORY] as const,
  ),
  ['a debugger elsewhere', { ...SHELL, 'evt.type': 'ptrace', 'k8s.ns.name': 'elsewhere' }],
  ['a store', connects('52.219.170.1', 443)],
  ['a store over IPv6', connects('2a05:d050::1', 443)],
  ['the catalog', connects('10.0.3.4', 5432)],
  ['EKS vouches', connects('169.254.170.23', 80)],
  ['GKE vouches', connects('169.254.169.252', 988)],
  [
    'a name is asked for',
    connects('10.96.0.10', 53, {
      'evt.type': 'sendto',
      'fd.l4proto': 'udp',
      'fd.connected': false,
      'fd.name_changed': true,
      'evt.rawres': 40,
    }),
  ],
  ['itself', connects('127.0.0.1', 9999)],
  ['a mail server outside', connects('203.0.113.9', 25), CONNECTS],
  ['a mail server over IPv6', connects('2001:db8::9', 25), CONNECTS],
  [
    'a connection that is there at once',
    connects('203.0.113.9', 25, { 'evt.rawres': 0, 'evt.res': 'SUCCESS' }),
    CONNECTS,
  ],
  ['another pod', connects('10.0.5.6', 9200), CONNECTS],
  ['somebody in clear', connects('203.0.113.9', 80), CONNECTS],
  ['credentials of the machine', connects('169.254.169.254', 80), CONNECTS],
  [
    'a datagram outside',
    connects('203.0.113.9', 4444, {
      'evt.type': 'sendto',
      'fd.l4proto': 'udp',
      'fd.connected': false,
      'fd.name_changed': true,
      'evt.rawres': 40,
    }),
    CONNECTS,
  ],
  ['a service listens', listens(8080)],
  ['the aggregator listens', listens(7443)],
  ['a debugger listens', listens(9229), LISTENS],
]

/** What the rules notice of what they are to, and do not, or notice besides; each in a line that begins `falco: `. */
export function falcoProblems(text: string): string[] {
  try {
    return [...problems(readFalco(text))].map((line) => `falco: ${line}`)
  } catch (error) {
    return [`falco: ${(error as Error).message}`]
  }
}

let fromTheChart: ReturnType<typeof ofTheChart> | undefined

function* problems(rules: ReturnType<typeof readFalco>): Generator<string> {
  for (const [what, event, ...expected] of [...EVENTS, ...(fromTheChart ??= ofTheChart())]) {
    const raised = rules.filter(({ raises }) => raises(event)).map(({ rule }) => rule)
    if (raised.join() !== expected.join())
      yield `${what} raises ${raised.join(', ') || 'nothing'}, not ${expected.join(', ') || 'nothing'}`
  }
  for (const name of Object.keys(PRIORITIES)) if (rules.every(({ rule }) => rule !== name)) yield `there is no ${name}`
  for (const { rule, output, priority } of rules) {
    if (priority !== PRIORITIES[rule]) yield `${rule} is ${priority}`
    for (const field of ['%proc.exepath', '%k8s.pod.name', '%container.name'])
      if (!output.includes(field)) yield `${rule} does not print ${field}`
  }
}

/** What the chart mounts is watched, and where its flows lead is let be. */
function ofTheChart(): (readonly [string, FalcoEvent, ...string[]])[] {
  const secret = podsOf(manifestsOf('gcp')).flatMap(({ spec: { volumes, containers } }) => {
    const names = volumes.filter((volume) => volume['secret'] !== undefined).map(({ name }) => name)
    return containers.flatMap(({ volumeMounts }) => volumeMounts.filter(({ name }) => names.includes(name)))
  })
  const ports = ['aws', 'azure', 'gcp'].flatMap((cloud) => {
    const { flows } = parse(readFileSync(`${CHART}/ci/${cloud}.values.yaml`, 'utf8')) as {
      flows: Record<string, { ports: number[]; ranges?: string[] }>
    }
    return Object.values(flows).flatMap(({ ports, ranges = [] }) => ports.map((port) => [port, ranges[0]] as const))
  })
  return [
    ...secret.map(
      ({ mountPath }) => [`a shell reads ${mountPath}`, opens(`${mountPath}/tls.key`, SHELL), KEYS] as const,
    ),
    ...ports.map(([port, range]) => [`a flow to ${port}`, connects(range?.split('/')[0] ?? '10.0.0.9', port)] as const),
  ]
}
