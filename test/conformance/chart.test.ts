import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '#app/config/load.ts'
import { SERVICES } from '#app/services.ts'
import { createEvents } from '#runtime/process/events.ts'
import { createMetrics } from '#runtime/process/metrics.ts'
import { fixedIsCurrent } from '#test/support/chart/fixed.ts'
import {
  componentOf,
  egressOf,
  ingressOf,
  manifestsOf,
  podsOf,
  type Manifest,
  type Pod,
} from '#test/support/chart/manifests.ts'
import { drawingOf, withinCluster } from '#test/support/chart/networks.ts'
import { CHART, inputsOf, renderedFile, VALUE_SETS } from '#test/support/chart/render.ts'

const SETS = Object.keys(VALUE_SETS)

test('what no value changes is known to the rules as it is rendered', () => {
  expect(fixedIsCurrent(), 'run: node test/support/chart/fixed.ts').toBe(true)
})

const values = (name: string) => parse(readFileSync(`${CHART}/ci/${name}.values.yaml`, 'utf8')) as Values
interface Values {
  readonly flows?: Readonly<Record<string, { readonly ranges: readonly string[]; readonly ports: readonly number[] }>>
}

const rendered = new Map(SETS.map((set) => [set, manifestsOf(set)]))
const all = (set: string) => rendered.get(set)!
const named = (set: string, kind: string) => all(set).filter((one) => one.kind === kind)
const services = (set: string) => podsOf(all(set)).filter(({ of }) => of.kind === 'Deployment')
/** What the value set `everything` adds. */
const isMore = (set: string) => VALUE_SETS[set]!.includes('everything')
const isChecked = (set: string) => !VALUE_SETS[set]!.includes('unchecked')
const QUEUED = new Set<string>([...SERVICES, 'check'])

describe.each(SETS)('the chart with the values of %s', (set) => {
  test('was rendered from what is here', () => {
    const [first] = readFileSync(renderedFile(set), 'utf8').split('\n')
    expect(first, 'run: node test/support/chart/render.ts').toContain(inputsOf(set))
  })

  test('runs each service, and the check before them', () => {
    const more = isMore(set) ? ['console', 'federate'] : []
    expect(services(set).map(componentOf).toSorted()).toEqual([...SERVICES, ...more].toSorted())
    const jobs = podsOf(all(set)).filter(({ of }) => of.kind === 'CronJob')
    expect(jobs.map(({ spec }) => spec.containers[0]?.args.slice(0, 2))).toEqual(
      isMore(set)
        ? [
            ['audit', 'verify'],
            ['verify', '--config'],
          ]
        : [],
    )
    for (const pod of podsOf(all(set)))
      expect(pod.spec.containers.map(({ args }) => args[0])).toEqual([componentOf(pod)])
  })

  test('keeps every pod to what Pod Security calls restricted, and further', () => {
    for (const { of, spec } of podsOf(all(set))) {
      expect(spec, of.metadata.name).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      })
      for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers', 'shareProcessNamespace'])
        expect(spec).not.toHaveProperty(key)
      for (const { image, securityContext, resources } of spec.containers) {
        expect(image).toMatch(/^[^@:]+(:\d+\/[^@:]+)?@sha256:[0-9a-f]{64}$/)
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          runAsUser: 65532,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        })
        expect(resources.limits.memory).toMatch(/^\d+[GM]i$/)
      }
      for (const { name, ...source } of spec.volumes)
        expect(['configMap', 'secret', 'emptyDir'], String(name)).toContain(Object.keys(source)[0])
    }
  })

  test('mounts everything that it names, and nothing writable but /tmp', () => {
    for (const { spec } of podsOf(all(set))) {
      const volumes = spec.volumes.map((volume) => String(volume['name']))
      for (const { volumeMounts } of spec.containers) {
        expect(volumeMounts.map(({ name }) => name).toSorted()).toEqual(volumes.toSorted())
        expect(volumeMounts.filter(({ readOnly }) => readOnly !== true).map((mount) => mount.mountPath)).toEqual([
          '/tmp',
        ])
      }
    }
  })

  test('gives each service an account of its own, that exists', () => {
    const accounts = named(set, 'ServiceAccount')
    const worn = podsOf(all(set)).map(({ spec }) => spec.serviceAccountName)
    // both of what verifies are the exporter's
    expect(new Set(worn).size).toBe(worn.length - (isMore(set) ? 1 : 0))
    for (const name of worn) expect(accounts.map(({ metadata }) => metadata.name)).toContain(name)
    for (const account of accounts) expect(account.automountServiceAccountToken).toBe(false)
  })

  test('reads passwords as accounts that exist', () => {
    const accounts = named(set, 'ServiceAccount').map(({ metadata }) => metadata.name)
    for (const { spec } of named(set, 'SecretStore')) expect(accounts).toEqual(expect.arrayContaining(readersOf(spec)))
  })

  test('has no password in a manifest: each is a reference to a Secret', () => {
    for (const { spec } of podsOf(all(set)))
      for (const { name, value } of spec.containers.flatMap(({ env = [] }) => env))
        if (/PASSWORD|TOKEN|SECRET/.test(name)) expect(value, name).toBeUndefined()
    expect(named(set, 'Secret')).toEqual([])
  })

  test('gives a pod the passwords that its own configuration names, and no queue to whom no flow takes there', () => {
    for (const pod of podsOf(all(set))) {
      const component = componentOf(pod)
      const { env = [], envFrom } = pod.spec.containers[0]!
      expect(envFrom, component).toBeUndefined()
      const configMap = pod.spec.volumes.find(({ name }) => name === 'configuration')?.['configMap'] as { name: string }
      const map = named(set, 'ConfigMap').find(({ metadata }) => metadata.name === configMap.name)
      const text = map?.data?.['credence.yaml'] ?? ''
      const read = parse(text) as object
      expect('queue' in read, component).toBe(QUEUED.has(component) && set !== 'least')
      expect('console' in read, component).toBe(isMore(set) && ['check', 'console'].includes(component))
      const used = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name))
      const given = env.filter(({ name }) => name.startsWith('CREDENCE_')).map(({ name }) => name)
      expect(new Set(given), component).toEqual(used)
    }
  })

  test('never takes two of a service away at once, and starts others elsewhere', () => {
    for (const { of, spec } of services(set)) {
      const budget = named(set, 'PodDisruptionBudget').find(({ metadata }) => metadata.name === of.metadata.name)
      expect(budget?.spec).toMatchObject({ maxUnavailable: 1 })
      // a second aggregator would wait for the federation that the first one holds
      const strategy = of.metadata.name.endsWith('-federate')
        ? { type: 'Recreate' }
        : { rollingUpdate: { maxUnavailable: 0 } }
      expect(of.spec).toMatchObject({ strategy })
      const keys = (spec['topologySpreadConstraints'] as { topologyKey: string }[]).map((one) => one.topologyKey)
      expect(keys).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname'])
      expect(spec['terminationGracePeriodSeconds']).toBe(45)
      const classes = named(set, 'PriorityClass').map(({ metadata }) => metadata.name)
      expect(classes).toContain(spec['priorityClassName'])
    }
  })

  test.runIf(isChecked(set))(
    'checks before it installs: what the check needs is there before it, and gone after it',
    () => {
      const [check] = podsOf(all(set)).filter((pod) => componentOf(pod) === 'check') as [Pod]
      const hooks = all(set).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] !== undefined)
      for (const { metadata } of hooks) expect(metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade')
      const weight = ({ metadata }: Manifest) => Number(metadata.annotations?.['helm.sh/hook-weight'])
      const before = hooks.filter((one) => weight(one) < weight(check.of)).map(nameOf)
      expect(before).toContain(`ServiceAccount/${check.spec.serviceAccountName}`)
      for (const volume of check.spec.volumes) {
        const map = volume['configMap'] as { name: string } | undefined
        if (map !== undefined) expect(before).toContain(`ConfigMap/${map.name}`)
      }
      for (const hook of hooks.filter(({ kind }) => kind !== 'ServiceAccount'))
        expect(hook.metadata.annotations?.['helm.sh/hook-delete-policy'], nameOf(hook)).toContain('hook-succeeded')
      expect(check.spec.containers[0]?.args).toEqual(expect.arrayContaining(['check', '--fail-on', 'failure']))
    },
  )
})

test('without the check all else is as it is with it, the account that the passwords are read as too', () => {
  const isOfCheck = ({ metadata }: Manifest) => metadata.name.endsWith('-check')
  expect(
    all('gcp')
      .filter(isOfCheck)
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(['Certificate', 'ConfigMap', 'ExternalSecret', 'Job', 'NetworkPolicy', 'SecretStore'].toSorted())
  expect(all('unchecked')).toEqual(all('gcp').filter((manifest) => !isOfCheck(manifest)))
  expect(JSON.stringify(podsOf(all('unchecked')))).not.toMatch(/credence-check|credence-operator/)
})

describe.each(['aws', 'azure', 'gcp'])('where pods may go on %s', (cloud) => {
  const drawing = drawingOf(cloud)
  const { flows = {} } = values(cloud)
  /** Of the samples: what is behind a gateway or a firewall has ranges that no drawing of the network shows. */
  const beyond: Readonly<Record<string, readonly string[]>> = {
    endpoint_s3: flows['s3']?.ranges ?? [],
    hop: values('own-secret').flows?.['tokens']?.ranges ?? [],
  }
  const inSubnets = [...drawing.ranges].filter(([name]) => name.startsWith('subnet_eu')).flatMap(([, ranges]) => ranges)
  const machines = { aws: 'group_services', azure: 'subnet_services', gcp: 'subnet_machines' }[cloud]
  /** A cluster's own: what kubelets and nodes say to one another is no pod's flow. */
  const drawn = drawing.arrows
    .filter(({ from, to }) => from === machines && to !== 'to_nodes')
    .flatMap(({ to, ports }) => {
      const ranges = beyond[to] ?? (cloud === 'aws' ? inSubnets : (drawing.ranges.get(to) ?? []))
      return ranges.flatMap((range) => ports.map((port) => `tcp ${range}:${port}`))
    })
  const dns = cloud === 'aws' ? [] : ['tcp 169.254.20.10/32:53', 'udp 169.254.20.10/32:53'] // of the value set `everything`
  const expected = new Set([...drawn, ...withinCluster(cloud), ...dns])

  test('is what docs/networks.md draws, and what it says of clusters: all of it, and nothing else', () => {
    expect(drawn.length).toBeGreaterThanOrEqual(3)
    const reached = new Set(podsOf(all(cloud)).flatMap((pod) => egressOf(pod, all(cloud))))
    expect([...reached].toSorted()).toEqual([...expected].toSorted())
  })

  test('is the same for everybody, but the stream that has a port of its own, and the queue for who works from it', () => {
    const queue = [...expected].filter((flow) => /:(6378|6379|10000)$/.test(flow))
    expect(queue.length).toBeGreaterThan(0)
    for (const pod of podsOf(all(cloud))) {
      const component = componentOf(pod)
      const missing = [...expected].filter((flow) => !egressOf(pod, all(cloud)).includes(flow))
      const stream = cloud === 'azure' && !['ingest', 'check'].includes(component) ? ['tcp 10.40.0.0/24:5671'] : []
      expect(missing.toSorted(), component).toEqual([...stream, ...(QUEUED.has(component) ? [] : queue)].toSorted())
    }
  })

  test('is one way: who comes in is Prometheus, and to the console and the aggregator whoever ends or passes on TLS', () => {
    const asked = cloud !== 'aws'
    const outside = { console: ['tcp ingress/ingress:8080'], federate: ['tcp ingress/ingress:7443'] }
    for (const pod of podsOf(all(cloud))) {
      const component = componentOf(pod)
      const isMeasured = asked && [...SERVICES, 'federate'].some((service) => service === component)
      expect(ingressOf(pod, all(cloud)), component).toEqual([
        ...(outside[component as keyof typeof outside] ?? []),
        ...(isMeasured ? ['tcp monitoring/prometheus:8080'] : []),
      ])
    }
  })

  test('comes with a configuration that services take', () => {
    const texts = named(cloud, 'ConfigMap').flatMap(({ data }) => data?.['credence.yaml'] ?? [])
    expect(texts.length).toBeGreaterThan(1)
    for (const text of texts) {
      const environment = Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'x']))
      expect(parseConfig(text, '/etc/credence/credence.yaml', environment).profile).toBe('production')
    }
  })
})

test('a policy that is missing would be noticed: without the one that denies, everything is allowed', () => {
  const [pod] = services('gcp') as [Pod]
  expect(() =>
    egressOf(
      pod,
      all('gcp').filter(({ kind }) => kind !== 'NetworkPolicy'),
    ),
  ).toThrow(/everything is allowed/)
})

describe('what is watched', () => {
  const metrics = async () => {
    const text = await createMetrics({ events: createEvents() }).text()
    return new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name))
  }
  const asked = (text: string) =>
    [...text.matchAll(/\b((?:credence|process|nodejs)_[a-z0-9_]+?)(?:_bucket)?\b[{[]/g)].map(([, name]) => name)

  test('alerts are those of deploy/alerts.yaml', () => {
    const [rule] = named('gcp', 'PrometheusRule')
    expect(rule?.spec).toEqual(parse(readFileSync(`${CHART}/../alerts.yaml`, 'utf8')))
  })

  test('Prometheus calls what it finds `credence`, as the alerts do', () => {
    const [monitor] = named('gcp', 'ServiceMonitor')
    const service = named('gcp', 'Service').find(({ metadata }) => metadata.name === 'credence')
    expect(service?.metadata.labels?.[String(monitor?.spec?.['jobLabel'])]).toBe('credence')
  })

  test('scalers and dashboards ask for metrics that there are', async () => {
    const there = await metrics()
    const queries = named('gcp', 'ScaledObject').flatMap(({ spec }) =>
      ((spec?.['triggers'] ?? []) as { metadata: { query: string } }[]).map(({ metadata }) => metadata.query),
    )
    expect(queries).toHaveLength(5)
    const dashboards = Object.values(
      named('gcp', 'ConfigMap').find(({ metadata }) => metadata.name.endsWith('dashboards'))?.data ?? {},
    )
    expect(dashboards).toHaveLength(2)
    const expressions = dashboards.flatMap((text) => [...text.matchAll(/"expr": "(.*)"/g)].map(([, expr = '']) => expr))
    const names = [...queries, ...expressions].flatMap(asked)
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter((name) => !there.has(name ?? ''))).toEqual([])
  })

  test('a Deployment that is scaled says no number itself: an upgrade would undo what the scaler did', () => {
    for (const pod of services('gcp'))
      expect('replicas' in (pod.of.spec ?? {}), componentOf(pod)).toBe(
        ['sweep', 'console', 'federate'].includes(componentOf(pod)),
      )
    for (const pod of services('least')) expect(pod.of.spec?.['replicas']).toBeGreaterThanOrEqual(2)
  })
})

describe('values that are refused', () => {
  const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as object
  const validate = new Ajv({ strict: false }).compile(schema)
  const defaults = parse(readFileSync(`${CHART}/values.yaml`, 'utf8')) as object
  const merged = (base: unknown, over: unknown): unknown =>
    isObject(base) && isObject(over)
      ? Object.fromEntries(
          [...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => [
            key,
            key in over ? merged(base[key], over[key]) : base[key],
          ]),
        )
      : over

  test.each(SETS)('none of %s', (set) => {
    const all = VALUE_SETS[set]!.reduce<unknown>((base, name) => merged(base, values(name)), defaults)
    expect(validate(all), JSON.stringify(validate.errors)).toBe(true)
  })

  test.each([
    ['a tag in place of a digest', { image: { digest: 'latest' } }],
    ['a tag within the repository', { image: { repository: 'registry.example.com/credence:1.0' } }],
    ['a password in the environment', { environment: { CREDENCE_REDIS_PASSWORD: 'x' } }],
    ['TLS that is not verified', { environment: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }],
    ['options that load code', { environment: { NODE_OPTIONS: '--require /tmp/x.js' } }],
    ['a library that is loaded first', { environment: { LD_PRELOAD: '/tmp/x.so' } }],
    ['everything through a proxy', { identities: { scan: { environment: { HTTPS_PROXY: 'http://p' } } } }],
    ['a password in a URL', { environment: { CATALOG: 'postgresql://me:secret@db/credence' } }],
    [
      'a pod that calls itself another service, and gets its flows',
      { identities: { scan: { podLabels: { 'app.kubernetes.io/component': 'ingest' } } } },
    ],
    [
      'a profile that confines nothing',
      { podAnnotations: { 'container.apparmor.security.beta.kubernetes.io/scan': 'unconfined' } },
    ],
    ['a flow to everywhere', { flows: { any: { ranges: ['0.0.0.0/0'], ports: [443] } } }],
    ['a flow to half of everywhere', { flows: { any: { ranges: ['128.0.0.0/1'], ports: [443] } } }],
    ['a flow to everywhere by IPv6', { flows: { any: { ranges: ['::/0'], ports: [443] } } }],
    ['a flow on every port', { flows: { any: { ranges: ['10.0.0.0/24'], ports: [] } } }],
    [
      'a flow of a service that there is not',
      { flows: { any: { ranges: ['10.0.0.0/24'], ports: [1], services: ['all'] } } },
    ],
    ['Prometheus being anybody', { monitoring: { from: { namespace: 'monitoring', podLabels: null } } }],
    ['a service that there is not', { services: { train: { replicas: 1 } } }],
    ['no replica', { services: { scan: { replicas: 0 } } }],
    [
      'a console that nobody signs in to',
      { console: { enabled: true, settings: { origin: 'https://c.example.org' } } },
    ],
    [
      'a console with its secret in the values',
      { console: { settings: { openid: { issuer: 'https://l', clientId: 'c', clientSecret: 'secret' } } } },
    ],
    ['a console without TLS', { console: { settings: { origin: 'http://c.example.org' } } }],
    ['a console that anybody reaches', { console: { from: { namespace: 'ingress', podLabels: null } } }],
    ['a federation without files', { federate: { enabled: true, federations: { a: {} } } }],
    [
      'a federation whose clients show nothing',
      { federate: { federations: { a: { model: 'm', listen: { host: '0.0.0.0', certificate: 'c', key: 'k' } } } } },
    ],
    ['evidence at no time', { evidence: { schedules: { verify: 'daily' } } }],
    ['a key that is misspelt', { monitorring: { enabled: true } }],
    ['a contract that replaces the configuration', { contracts: { 'credence.yaml': '' } }],
  ])('%s', (_, bad) => {
    expect(validate(merged(merged(defaults, values('least')), bad))).toBe(false)
  })
})

/** The accounts that External Secrets is as where it reads from a store, at whatever depth its provider names them. */
function readersOf(of: unknown): string[] {
  if (typeof of !== 'object' || of === null) return []
  return Object.entries(of).flatMap(([key, value]) =>
    key === 'serviceAccountRef' ? [(value as { name: string }).name] : readersOf(value),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`
}
