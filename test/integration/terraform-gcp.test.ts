import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TERRAFORM } from '../../infra/terraform/tests/check.ts'
import { GCP } from '../../infra/terraform/tests/clouds/gcp.ts'
import { text } from '../../infra/terraform/tests/module.ts'
import { networkOf } from '../../infra/terraform/tests/diagrams/gcp.ts'
import { mayLeave, type Flow } from '../../infra/terraform/tests/flows-gcp.ts'
import { evaluate, type Evaluated } from '../../infra/terraform/tests/evaluate.ts'
import { missing, type JsonObject } from '../../infra/terraform/tests/hcl.ts'
import { denials, opaMissing } from '../../infra/terraform/tests/opa.ts'
import { permissionProblems, reachOf } from '../../infra/terraform/tests/permissions-gcp.ts'
import { GIVEN, SAMPLES } from '../../infra/terraform/tests/samples/gcp.ts'
import { terraformMissing } from '../../infra/terraform/tests/terraform.ts'
import { terraformSuite, unless } from './terraform-suite.ts'

terraformSuite(GCP)

type Alter = (file: string, text: string) => string

const withInputs = (inputs: JsonObject, alter?: Alter): Promise<Evaluated> =>
  evaluate(join(TERRAFORM, 'modules/gcp'), { ...SAMPLES, variables: { ...SAMPLES.variables, ...inputs } }, alter)

const { skip, why } = unless(missing, terraformMissing())

describe.skipIf(skip)(`gcp grants${why}`, () => {
  test('maintenance only where it is asked for', async () => {
    const few = await withInputs({ operations: [], keys: {} })
    expect(permissionProblems(few, { ...GIVEN, options: [], isImporting: false })).toEqual([])
  })

  test('nothing on tables where there are none', async () => {
    const none = await withInputs({ datasets: { mail: {} } })
    expect(
      none.resources.filter(({ mode, type }) => mode === 'resource' && type.startsWith('google_bigquery')),
    ).toEqual([])
    expect(permissionProblems(none, { ...GIVEN, datasets: [{ name: 'mail', subscription: 'credence-mail' }] })).toEqual(
      [],
    )
  })

  test('all of it for many datasets, in conditions that are short enough for Google Cloud', async () => {
    const names = Array.from({ length: 15 }, (_, index) => `set${String(index).padStart(2, '0')}`)
    const many = await withInputs({ datasets: Object.fromEntries(names.map((name) => [name, { table: name }])) })
    const datasets = names.map((name) => ({ name, subscription: `credence-${name}`, table: name }))
    expect(permissionProblems(many, { ...GIVEN, datasets })).toEqual([])
    const conditions = many.resources.flatMap(({ values }) => (values['condition'] ?? []) as { expression: string }[])
    const operators = conditions.map(({ expression }) => expression.split(/&&|\|\|/).length - 1)
    expect(Math.max(...operators)).toBe(12)
  })

  test('nothing by a condition that the comparison does not understand', () => {
    const problems: string[] = []
    reachOf([{ expression: 'resource.name != "projects/_/buckets/b/objects/keys/"' }], problems)
    expect(problems).toHaveLength(1)
  })
})

describe.skipIf(skip)(`gcp gives what it was made for${why}`, () => {
  test('a catalog that each service signs in to as itself, without a password, and nobody as who administers it', async () => {
    const { outputs, resources } = await withInputs({})
    const config = text(outputs['credence_config'])
    expect(config).toMatch(/postgresql:\/\/\$\{CREDENCE_POSTGRES_USER\}@/)
    expect(config).toMatch(/"?identity"?: "?gcp"?/)
    const made = resources.filter(({ type, name }) => type === 'google_sql_user' && name === 'services')
    expect(made.map(({ values }) => [values['name'], values['type']])).toEqual(
      ['console', 'encrypt', 'exporter', 'federate', 'ingest', 'operator', 'reviewer', 'scan', 'sweep'].map((who) => [
        `credence-${who}@credence-sample.iam`,
        'CLOUD_IAM_SERVICE_ACCOUNT',
      ]),
    )
    expect(outputs['database_users']).toMatchObject({ scan: 'credence-scan%40credence-sample.iam' })
    const roles = text(outputs['catalog_roles'])
    for (const { values } of made) expect(roles).toContain(`to "${text(values['name'])}"`)
    expect(roles).not.toContain('credence_owner to "credence-scan')
  })

  test('certificates of both authorities, and no secret', async () => {
    const { outputs } = await withInputs({})
    expect(outputs['authorities']).toBe(
      'google_sql_database_instance.this.server_ca_cert.cert\ngoogle_redis_instance.this.server_ca_certs.cert',
    )
  })
})

const LEAVES: readonly (readonly [name: string, flow: Flow])[] = [
  ["Google's APIs", { to: '10.30.0.2', protocol: 'tcp', port: 443 }],
  ['Redis', { to: '10.29.0.4', protocol: 'tcp', port: 6378 }],
  ['PostgreSQL', { to: '10.20.0.5', protocol: 'tcp', port: 5432 }],
  ['what `egress` names', { to: '10.40.0.9', protocol: 'tcp', port: 4318 }],
]

const IN_A_CLUSTER: readonly (readonly [name: string, flow: Flow])[] = [
  ['the DNS of the cluster', { to: '10.24.3.7', protocol: 'udp', port: 53 }],
  ['the DNS of the cluster, for long answers', { to: '10.24.3.7', protocol: 'tcp', port: 53 }],
  ['another pod', { to: '10.27.255.9', protocol: 'tcp', port: 8080 }],
  ['the kubelet of another machine', { to: '10.20.0.9', protocol: 'tcp', port: 10250 }],
  ['the control plane', { to: '10.20.0.2', protocol: 'tcp', port: 443 }],
  ["the control plane's tunnel", { to: '10.20.0.2', protocol: 'tcp', port: 8132 }],
]

const STAYS: readonly (readonly [name: string, flow: Flow])[] = [
  ['a resolver on the internet', { to: '8.8.8.8', protocol: 'udp', port: 53 }],
  ['a site', { to: '93.184.216.34', protocol: 'tcp', port: 443 }],
  ['a private address that nobody named', { to: '10.99.0.1', protocol: 'tcp', port: 443 }],
  ['another port of the collector', { to: '10.40.0.9', protocol: 'tcp', port: 22 }],
  ['a shell of another machine', { to: '10.20.0.9', protocol: 'tcp', port: 22 }],
]

describe.skipIf(skip)(`from a machine of gcp${why}`, () => {
  const refused = ({ resources }: Evaluated, flows: typeof LEAVES) =>
    flows.filter(([, flow]) => !mayLeave(resources, flow)).map(([name]) => name)
  const names = (flows: typeof LEAVES) => flows.map(([name]) => name)

  test('a cluster works, and nothing else leaves', async () => {
    const cluster = await withInputs({})
    expect(refused(cluster, [...LEAVES, ...IN_A_CLUSTER])).toEqual([])
    expect(refused(cluster, STAYS)).toEqual(names(STAYS))
  })

  test('without a cluster, machines do not reach one another', async () => {
    const machines = await withInputs({ workload_identity: null })
    expect(refused(machines, LEAVES)).toEqual([])
    expect(refused(machines, [...IN_A_CLUSTER, ...STAYS])).toEqual(names([...IN_A_CLUSTER, ...STAYS]))
  })
})

describe.skipIf(skip)(`gcp is drawn${why}`, () => {
  test('with what the firewall does not deny', async () => {
    const open = await withInputs({}, (file, text) =>
      file === 'firewall.tf'
        ? text.replace('destination_ranges = ["0.0.0.0/0"]', 'destination_ranges = ["10.0.0.0/8"]')
        : text,
    )
    const { chart, reach } = networkOf(open)
    expect(chart).toContain('network -- "not denied" --> elsewhere')
    expect(reach).toContain('does not deny the rest outwards')
  })

  test('with a route, and with a perimeter that only logs', async () => {
    const { chart, reach } = networkOf(
      await withInputs({ google_apis: 'restricted-vip', perimeter: { policy: '1', dry_run: true } }),
    )
    expect(chart).toContain('VPC credence: a route to 199.36.153.4/30')
    expect(chart).toContain('VPC Service Controls: only logged')
    expect(chart).toMatch(/to_apis -- ".*\*\.googleapis\.com.*" --> google_apis/)
    expect(reach).toContain('log that they answer')
  })

  test('with no perimeter', async () => {
    const { reach } = networkOf(await withInputs({ perimeter: null, accept_missing_perimeter: true }))
    expect(reach).toContain('No perimeter guards the APIs')
  })
})

interface Refusal {
  readonly name: string
  readonly inputs: JsonObject
  readonly says: string
  /** The condition that refuses, and its file: without it the inputs are taken. */
  readonly because?: readonly [file: string, condition: string]
}

const REFUSED: readonly Refusal[] = [
  {
    name: 'no perimeter, which nobody accepted',
    inputs: { perimeter: null },
    says: 'from anywhere in the world',
    because: ['main.tf', 'var.perimeter != null || var.accept_missing_perimeter'],
  },
  {
    name: 'a database that may be deleted, which nobody accepted',
    inputs: { deletion_protection: false },
    says: 'one wrong apply deletes the catalog',
    because: ['main.tf', 'var.deletion_protection || var.accept_deletion'],
  },
  {
    name: 'the public as a publisher',
    inputs: { datasets: { mail: { publishers: ['allUsers'] } } },
    says: 'would be the public',
    because: [
      'variables.tf',
      'for member in setunion(dataset.publishers, dataset.readers) : can(regex(local.identity, member))',
    ],
  },
  {
    name: 'a domain as a reader',
    inputs: { datasets: { mail: { table: 'm', readers: ['domain:example.org'] } } },
    says: 'would be the public',
  },
  {
    name: 'everybody as an operator',
    inputs: { people: { operator: ['allAuthenticatedUsers'] } },
    says: 'never allUsers',
    because: ['variables.tf', 'can(regex(local.person, member))'],
  },
  ...[
    'principalSet://cloudresourcemanager.googleapis.com/organizations/123456789012/type/Identity',
    'principalSet://goog/cloudIdentityCustomerId/C01234567',
    'principalSet://iam.googleapis.com/locations/global/workforcePools/staff/*',
    'principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/*',
    'serviceAccount:credence-scan@credence-sample.iam.gserviceaccount.com',
  ].map((member) => ({
    name: `${member} as an operator`,
    inputs: { people: { operator: [member] } },
    says: 'an organization or a whole pool',
  })),
  {
    name: 'a whole organization as a reader',
    inputs: {
      datasets: { mail: { table: 'm', readers: ['principalSet://goog/cloudIdentityCustomerId/C01234567'] } },
    },
    says: 'would be the public',
  },
  {
    name: 'an enforced perimeter that nobody may enter',
    inputs: { perimeter: { policy: '1', access_levels: ['accessPolicies/1/accessLevels/office'] } },
    says: 'shuts Terraform out as well',
    because: ['main.tf', 'length(var.perimeter.identities) > 0'],
  },
  {
    name: 'everybody in the perimeter',
    inputs: { perimeter: { policy: '1', identities: ['allUsers'], dry_run: true } },
    says: 'named identities',
    because: ['variables.tf', 'for member in var.perimeter.identities : can(regex(local.identity, member))'],
  },
  {
    name: 'more datasets than a bucket takes bindings',
    inputs: { datasets: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, {}])) },
    says: 'A bucket takes at most 100 conditional bindings',
    because: ['main.tf', 'length(local.object_grants) <= 100'],
  },
  {
    name: 'a workload as a user of the database',
    inputs: { postgres: { iam_users: ['serviceAccount:credence-scan@credence-sample.iam.gserviceaccount.com'] } },
    says: 'no role of an administrator',
    because: ['variables.tf', 'can(regex("^(user|group):[^*]+@[^*]+$", member))'],
  },
  {
    name: 'a workload as an administrator of keys',
    inputs: { keys: { administrators: ['serviceAccount:credence-scan@credence-sample.iam.gserviceaccount.com'] } },
    says: 'Whoever uses a key does not administer it',
    because: [
      'main.tf',
      'length(setintersection(var.keys.administrators, [for principal in keys(local.principals) : "serviceAccount:${var.name}-${principal}@${var.project_id}.iam.gserviceaccount.com"])) == 0',
    ],
  },
  {
    name: 'a person as the ingest service',
    inputs: { people: { ingest: ['user:me@example.org'] } },
    says: 'for processes alone',
    because: ['variables.tf', 'length(setsubtract(keys(var.people), ["reviewer", "exporter", "operator"])) == 0'],
  },
  {
    name: 'egress to the internet',
    inputs: { egress: { all: { ranges: ['0.0.0.0/0'], ports: ['443'] } } },
    says: 'private ranges alone',
  },
  {
    name: 'keys that rotate once in ten years',
    inputs: { keys: { rotation_days: 3650 } },
    says: 'every 1 to 365 days',
    because: ['variables.tf', 'var.keys.rotation_days <= 365'],
  },
  {
    name: 'messages that are given up early',
    inputs: { stream: { max_delivery_attempts: 5 } },
    says: 'restarts of a reader alone',
    because: ['variables.tf', 'var.stream.max_delivery_attempts >= 20'],
  },
  { name: 'a multi-region', inputs: { region: 'EU' }, says: 'cannot be encrypted under a regional key' },
  {
    name: 'two datasets with one table',
    inputs: { datasets: { a: { table: 't' }, b: { table: 't' } } },
    says: 'each needs its own',
  },
  { name: 'a short password', inputs: { database_password: 'short' }, says: '24 to 128' },
  { name: 'logs of a day', inputs: { store: { log_days: 1 } }, says: 'at least 30' },
  { name: 'a public range', inputs: { network: { machines: '20.0.0.0/20' } }, says: 'Ranges are private ones' },
]

describe.skipIf(skip)(`gcp refuses${why}`, () => {
  test.for(REFUSED)('$name', async ({ inputs, says, because }) => {
    await expect(withInputs(inputs)).rejects.toThrow(says)
    if (because === undefined) return
    const [file, condition] = because
    const [head, last] = condition.startsWith('for ') ? condition.split(' : ') : ['', condition]
    const weaker = `${head === '' ? '' : `${head} : `}(${last} || true)`
    const alter: Alter = (name, text) => (name === file ? text.replace(condition, () => weaker) : text)
    await expect(withInputs(inputs, alter)).resolves.toBeDefined()
  })
})

const ruled = unless(missing, terraformMissing(), opaMissing())

describe.skipIf(ruled.skip)(`gcp, in another shape${ruled.why}`, () => {
  test.for<[string, JsonObject]>([
    ['through the restricted range', { google_apis: 'restricted-vip' }],
    ['with a perimeter that only logs', { perimeter: { policy: '1', dry_run: true } }],
    [
      'with little of everything',
      { datasets: { mail: {} }, keys: {}, warehouse: {}, operations: [], people: {}, egress: {} },
    ],
  ])('%s, keeps to the rules', async ([, inputs]) => {
    const { resources } = await withInputs(inputs)
    expect(await denials('gcp', resources)).toEqual([])
  })

  test('has one route, to the restricted range, and no endpoint', async () => {
    const { resources } = await withInputs({ google_apis: 'restricted-vip' })
    const routes = resources.filter(({ type }) => type === 'google_compute_route')
    expect(routes.map(({ values }) => values['dest_range'])).toEqual(['199.36.153.4/30'])
    expect(resources.some(({ type }) => type === 'google_compute_global_forwarding_rule')).toBe(false)
  })

  test('only logs, where the perimeter is tried', async () => {
    const { resources } = await withInputs({ perimeter: { policy: '1', dry_run: true } })
    const perimeter = resources.find(({ type }) => type === 'google_access_context_manager_service_perimeter')
    expect(perimeter?.values).toMatchObject({ use_explicit_dry_run_spec: true, status: [] })
  })
})
