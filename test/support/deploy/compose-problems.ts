import type { ComposeFile, ComposeService } from './compose.ts'

/** All that a service says. Whatever else it might say takes something away: a namespace of the machine, a device, another entry point. */
const SAID = new Set(
  (
    'image build user command working_dir read_only cap_drop security_opt restart logging networks ports volumes tmpfs ' +
    'shm_size environment profiles depends_on healthcheck stop_grace_period deploy'
  ).split(' '),
)
const VARIABLES =
  /^(CREDENCE_\w+|AWS_(REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY)|METADATA_SERVER_DETECTION|POSTGRES_(USER|DB|PASSWORD)|PGDATA)$/
/** What opens the emulators and the database of this file, which nobody outside reaches; no other secret has a place in it. */
const EMULATED = new Set(['credence', 'AKIACREDENCEEMULATOR', 'emulator-secret', 'emulated-root-key'])
const IMAGES = /^(credence|credence-emulators|postgres|redis|prom\/prometheus):(?!latest)[\w.-]+$/
const MOST = { cpus: 2, memory: 2 ** 31, pids: 128 }
/** Who is asked about health by its metrics, and who asks. */
const MEASURED = new Set(['ingest', 'scan', 'encrypt', 'sweep', 'prometheus', 'operator'])
const MOUNTED = ['./deploy/compose/pipeline', './deploy/compose/prometheus.yaml', './deploy/alerts.yaml']

/** Where a Compose file gives away what keeps its services apart from the machine, from outside and from one another. */
export function composeProblems(file: ComposeFile): string[] {
  return [
    ...Object.entries(file.services).flatMap(([name, service]) =>
      [...held(service), ...reached(name, service), ...mounts(service), ...told(service)].map(
        (problem) => `${name}: ${problem}`,
      ),
    ),
    ...shared(file),
  ]
}

function* held(service: ComposeService): Generator<string> {
  for (const key of Object.keys(service)) if (!SAID.has(key)) yield `says ${key}`
  if (!IMAGES.test(service.image)) yield `its image is ${service.image}`
  if (service.read_only !== true) yield 'writes to its root'
  if (service.cap_drop?.join() !== 'ALL') yield 'keeps capabilities'
  if (service.security_opt?.join() !== 'no-new-privileges:true') yield `is held by ${service.security_opt?.join(', ')}`
  if (!/^[1-9]\d{2,}:[1-9]\d{2,}$/.test(service.user ?? '')) yield `runs as ${service.user}`
  if (service.build !== undefined && service.build.context !== '.') yield `is built from ${service.build.context}`
  const { cpus = 0, memory = '0', pids = 0 } = service.deploy?.resources?.limits ?? {}
  const taken = { cpus: Number(cpus), memory: bytes(String(memory)), pids: Number(pids) }
  for (const [what, most] of Object.entries(MOST)) {
    const found = taken[what as keyof typeof MOST]
    if (!(found > 0 && found <= most)) yield `takes ${found} of ${what}`
  }
  const { driver, options } = service.logging ?? {}
  if (driver !== 'json-file' || options?.['max-size'] === undefined) yield 'logs nothing, or without an end'
  if (service.restart === 'always' || service.restart === undefined) yield 'restarts though it was stopped, or never'
}

function* reached(name: string, { networks = [], ports = [], healthcheck }: ComposeService): Generator<string> {
  for (const port of ports) {
    if (!/^127\.0\.0\.1:[\d-]+:(8080|9090)$/.test(port)) yield `is reached from outside at ${port}`
    if (!MEASURED.has(name)) yield `is reached from outside at ${port}`
  }
  const known = MEASURED.has(name) ? ['pipeline', 'health'] : ['pipeline']
  if (networks.length === 0) yield 'is in the network that leads outside'
  for (const network of networks) if (!known.includes(network)) yield `is in the network ${network}`
  const asks = healthcheck?.test
  if (asks !== undefined && (asks[0] !== 'CMD' || asks.length < 3)) yield `is well whatever happens: ${asks.join(' ')}`
}

function* mounts({ volumes = [], tmpfs = [] }: ComposeService): Generator<string> {
  for (const mount of volumes) {
    const [from = '', , mode] = mount.split(':')
    if (!/^[a-z0-9]+$/.test(from) && !MOUNTED.includes(from)) yield `mounts ${from}`
    if (from.startsWith('.') && mode !== 'ro') yield `writes to ${from}`
  }
  for (const mount of tmpfs)
    if (!/^\/(tmp|run\/postgresql):size=\d{1,2}m,mode=1777,noexec,nosuid,nodev$/.test(mount)) yield `has ${mount}`
}

function* told({ environment = {}, command = [] }: ComposeService): Generator<string> {
  for (const [name, value] of Object.entries(environment)) {
    if (!VARIABLES.test(name)) yield `${name} is none of its variables`
    const [, key] = /SharedAccessKey=([^;]*)/.exec(value) ?? []
    const isSecret = /PASSWORD|SECRET|TOKEN|KEY/.test(name)
    const secret = key ?? (isSecret ? value : /:\/\/[^/@ ]*:([^/@ ]+)@/.exec(value)?.[1])
    if (secret !== undefined && !EMULATED.has(secret)) yield `${name} holds a secret in plain text`
  }
  const said = command.join(' ')
  if (/--(inspect|requirepass|require|import|web\.enable)|protected-mode no/.test(said)) yield `is started with ${said}`
}

function* shared({ networks, volumes, ...rest }: ComposeFile): Generator<string> {
  const more = Object.keys(rest).filter((key) => !['name', 'services'].includes(key) && !key.startsWith('x-'))
  if (more.length > 0) yield `the file says ${more.join(', ')}`
  if (JSON.stringify(networks) !== '{"pipeline":{"internal":true},"health":{}}') yield 'networks lead elsewhere'
  for (const [name, volume] of Object.entries(volumes))
    if (Object.keys(volume ?? {}).length > 0) yield `the volume ${name} is somewhere else`
}

function bytes(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([mg])$/.exec(text) ?? []
  return Number(number) * (unit === 'g' ? 2 ** 30 : 2 ** 20)
}
