import { describe, expect, test } from 'vitest'
import { parseConfig } from '#app/config/load.ts'
import type { Option } from '../../infra/permissions/entry.ts'
import { passes } from '../../infra/terraform/tests/access/flows-azure.ts'
import { caught, evaluateModule, made, shaped } from '../../infra/terraform/tests/cloud.ts'
import { AZURE } from '../../infra/terraform/tests/clouds/azure.ts'
import { TERRAFORM, problemsOf } from '../../infra/terraform/tests/check.ts'
import { networkIsCurrent } from '../../infra/terraform/tests/diagram.ts'
import { networkOf } from '../../infra/terraform/tests/diagrams/azure.ts'
import { evaluate, type Evaluated } from '../../infra/terraform/tests/evaluate.ts'
import { EvaluationError } from '../../infra/terraform/tests/evaluation-error.ts'
import { missing, type Json, type JsonObject } from '../../infra/terraform/tests/hcl.ts'
import { madeProblems } from '../../infra/terraform/tests/made-of.ts'
import { mutate, type Mutation } from '../../infra/terraform/tests/mutation.ts'
import { denials, opaMissing } from '../../infra/terraform/tests/opa.ts'
import { permissionProblems, reachOf, type Given } from '../../infra/terraform/tests/permissions-azure.ts'
import { ENVIRONMENTS, GIVEN, SAMPLES } from '../../infra/terraform/tests/samples/azure.ts'
import { productionProblems } from '../../infra/terraform/tests/production.ts'
import { terraformMissing } from '../../infra/terraform/tests/terraform.ts'
import { unless } from './terraform-suite.ts'

const toEvaluate = unless(missing, terraformMissing())
const ruled = unless(missing, terraformMissing(), opaMissing())

const MODULE = 'modules/azure'
const FOLDER = `${TERRAFORM}/${MODULE}`
const DUTIES: readonly Option[] = ['check', 'verify', 'countObjects', 'newEpochs']
const HSM = {
  keys: { service: 'hsm', hsm_administrators: ['a', 'b'], hsm_certificate_ids: ['1', '2', '3'] },
}
const SHAPES: Readonly<Record<string, { readonly inputs: JsonObject; readonly given?: Partial<Given> }>> = {
  'as sampled': { inputs: {} },
  'flat, with immutability and a prefix': {
    inputs: { store: { hierarchical: false, immutable_days: 30, prefix: 'team/credence' } },
    given: { prefix: 'team/credence/', options: [...GIVEN.options, 'immutability'] },
  },
  'a Managed HSM': { inputs: HSM, given: { isHsm: true } },
  'Azure Cache for Redis and Standard hubs': {
    inputs: {
      redis: { service: 'cache', sku: 'Premium_P1' },
      event_hubs: { sku: 'Standard', capacity: 2 },
      accept: ['event_hubs_without_own_key'],
      checkpoints_mirror: false,
    },
    given: { options: GIVEN.options.filter((option) => option !== 'checkpoints') },
  },
  'every duty': {
    inputs: { duties: [...DUTIES, 'rotateSigning', 'reencrypt', 'destroy'] },
    given: { options: [...DUTIES, 'checkpoints', 'rotateSigning', 'reencrypt', 'destroy'] },
  },
  'no duty': { inputs: { duties: [], checkpoints_mirror: false }, given: { options: [] } },
}

function evaluated(inputs: JsonObject = {}, mutation?: Pick<Mutation, 'file' | 'replace'>): Promise<Evaluated> {
  const samples = { ...SAMPLES, variables: { ...SAMPLES.variables, ...inputs } }
  const alter = (file: string, text: string) => mutate({ name: '', caughtBy: '', ...mutation! }, file, text)
  return evaluate(FOLDER, samples, mutation === undefined ? undefined : alter)
}

const refusal = (inputs: JsonObject, mutation?: Pick<Mutation, 'file' | 'replace'>): Promise<string | null> =>
  evaluated(inputs, mutation).then(
    () => null,
    (error: unknown) => {
      if (error instanceof EvaluationError) return error.message
      throw error
    },
  )

describe.skipIf(toEvaluate.skip).each(Object.entries(SHAPES))(
  `Terraform for Azure: %s${toEvaluate.why}`,
  (_name, { inputs, given = {} }) => {
    const found = evaluated(inputs)
    found.catch(() => {})

    test('grants each principal what the statement of permissions says, no more and no less', async () => {
      expect(permissionProblems(await found, { ...GIVEN, ...given })).toEqual([])
    })

    test.skipIf(ruled.skip)(`keeps to the rules${ruled.why}`, async () => {
      expect(await denials('azure', (await found).resources)).toEqual([])
    })

    test('gives a configuration that Credence takes', async () => {
      const { outputs } = await found
      const config = parseConfig(outputs['credence_config'] as string, 'credence.yaml', {
        CREDENCE_POSTGRES_USER: 'credence-scan',
        CREDENCE_REDIS_PASSWORD: 'b',
      })
      expect(config.profile).toBe('production')
      expect(Object.keys(config.datasets).toSorted()).toEqual(['digits', 'mail'])
      expect(config.keys.keyvault?.key).toMatch(/^https:\/\/credence-prod-x7k2\.(vault|managedhsm)\.azure\.net\/keys\//)
    })
  },
)

test.skipIf(toEvaluate.skip)(`Azure answers requests, events and packets as it is to${toEvaluate.why}`, async () => {
  const evaluated = await evaluateModule(AZURE)
  expect(AZURE.behaviourProblems(evaluated)).toEqual([])
  const lines = await made(MODULE, evaluated)
  expect(madeProblems(MODULE, lines)).toEqual([])
  for (const { shape, lines: others, denied } of await shaped(AZURE, lines))
    expect([...denied, ...madeProblems(MODULE, others, shape)], shape).toEqual([])
})

test.skipIf(toEvaluate.skip)(
  `nobody on Azure is kept by a lock, nor follows whoever applies${toEvaluate.why}`,
  async () => {
    const { resources } = await evaluated({ groups: {} })
    const revoked = resources.filter(({ type }) => type === 'azurerm_role_assignment')
    expect(revoked.map(({ values }) => values['principal_id'])).not.toContain(`00000000-0000-4000-8000-000000000001`)
    expect(resources.filter(({ type }) => type === 'azurerm_management_lock')).toEqual([])
    expect(JSON.stringify(revoked)).not.toContain('azurerm_client_config')
  },
)

describe.skipIf(toEvaluate.skip)(`Terraform for Azure: the network${toEvaluate.why}`, () => {
  test('is drawn as it is, in its README and in docs/networks.md', async () => {
    const current = networkIsCurrent(AZURE, await evaluateModule(AZURE))
    expect(current, 'run node infra/terraform/tests/diagram.ts azure').toBe(true)
  })

  test('is drawn with no way out where there is no firewall', async () => {
    const { chart, reach } = networkOf(await evaluated({ egress_next_hop: null }))
    expect(chart).toContain('subnet_services -- "no route" --x outside_AzureActiveDirectory')
    expect(reach).toContain('Nothing leaves the network')
  })

  test('is drawn with what is not denied, and only with what both ends let through', async () => {
    const open = await evaluated(
      {},
      {
        file: 'network.tf',
        replace: [
          'group = "services", direction = "Outbound", access = "Deny"',
          'group = "services", direction = "Outbound", access = "Allow"',
        ],
      },
    )
    expect(networkOf(open).reach).toContain('The rules do not deny the rest out of `services`')
    const shut = await evaluated(
      {},
      { file: 'network.tf', replace: ['from = local.clients,', 'from = ["10.8.0.0/24"],'] },
    )
    expect(networkOf(shut).chart).not.toMatch(/subnet_services -- .*--> subnet_endpoints/)
  })
})

describe.skipIf(toEvaluate.skip)(`a network that administers${toEvaluate.why}`, () => {
  test('reaches the control plane among the services, and no other port there', async () => {
    const hub = (SAMPLES.variables['client_networks'] as Record<string, JsonObject>)['hub']!
    const { resources } = await evaluated({ client_networks: { hub: { ...hub, administers: true } } })
    const may = (to: string, port: number) => passes(resources, { from: '10.8.0.9', to, port })
    expect([443, 22, 8080, 10250].map((port) => may('10.40.16.5', port))).toEqual([true, false, false, false])
    expect(may('10.40.0.5', 5432)).toBe(true)
    expect(passes(resources, { from: '10.9.0.9', to: '10.40.16.5', port: 443 })).toBe(false)
  })
})

test('a condition lets a listing through by folder and by prefix, and nothing that it does not name', () => {
  const problems: string[] = []
  expect(reachOf("(!(ActionMatches{'x'}))", 'scan', problems).size).toBe(0)
  expect(problems).toHaveLength(1)
})

interface Refusal extends Partial<Pick<Mutation, 'file' | 'replace'>> {
  readonly name: string
  readonly inputs: JsonObject
  readonly says: string
}

const NETWORK = '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v'
const allowing = (file: string, condition: string) => ({
  file,
  replace: [condition, `((${condition}) || true)`] as const,
})

const datasetsOf = (count: number, length: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index).padEnd(length, 'x'), {}]))

/** What is refused as it stands; and, where a condition is named, is accepted without it: so the condition is what refuses. */
const REFUSED: readonly Refusal[] = [
  {
    name: 'a way out to all of the internet',
    inputs: { egress_service_tags: ['Internet'] },
    says: 'tags of single services',
    ...allowing(
      'variables-network.tf',
      'alltrue([for tag in var.egress_service_tags : can(regex("^[A-Z][A-Za-z]+(\\\\.[A-Za-z0-9]+)?$", tag)) && !contains(["Internet", "AzureCloud", "VirtualNetwork"], split(".", tag)[0])])',
    ),
  },
  {
    name: 'clients with public addresses',
    inputs: { client_networks: { all: { virtual_network_id: NETWORK, address_prefixes: ['0.0.0.0/0'] } } },
    says: 'endpoints answer to no public address',
    ...allowing(
      'variables-network.tf',
      'can(cidrhost(prefix, 0)) && can(regex("^(10\\\\.|172\\\\.(1[6-9]|2[0-9]|3[01])\\\\.|192\\\\.168\\\\.)", prefix)) && try(tonumber(split("/", prefix)[1]) >= 12, false)',
    ),
  },
  {
    name: 'a vault on the internet that nobody accepted',
    inputs: { deployer_ip_ranges: ['203.0.113.7'] },
    says: 'whoever sends from there with a stolen token can use the keys',
    ...allowing('keys.tf', 'length(var.deployer_ip_ranges) == 0 || contains(var.accept, "deployer_over_internet")'),
  },
  {
    name: 'hubs under keys of the platform that nobody accepted',
    inputs: { event_hubs: { sku: 'Standard' } },
    says: 'they cannot be revoked',
    ...allowing('stream.tf', 'var.event_hubs.sku == "Premium" || contains(var.accept, "event_hubs_without_own_key")'),
  },
  {
    name: 'no locks, which nobody accepted',
    inputs: { deletion_protection: false },
    says: 'every record is lost',
    ...allowing('store.tf', 'var.deletion_protection || contains(var.accept, "no_delete_locks")'),
  },
  {
    name: 'short keys',
    inputs: { keys: { size: 2048 } },
    says: '3072 or 4096 bits',
    ...allowing('variables-data.tf', 'contains([3072, 4096], var.keys.size)'),
  },
  {
    name: 'keys that rotate once in two years',
    inputs: { keys: { rotation_days: 730 } },
    says: '28 to 365',
    ...allowing('variables-data.tf', 'var.keys.rotation_days >= 28 && var.keys.rotation_days <= 365'),
  },
  {
    name: 'any service account of the cluster',
    inputs: { kubernetes_namespace: '*' },
    says: 'no wildcard',
    ...allowing('variables-people.tf', 'can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.kubernetes_namespace))'),
  },
  {
    name: 'people who ingest',
    inputs: { groups: { ingest: { all: '00000000-0000-4000-8000-000000000001' } } },
    says: 'is no person',
    ...allowing(
      'variables-people.tf',
      'length(setsubtract(keys(var.groups), ["reviewer", "exporter", "operator"])) == 0',
    ),
  },
  {
    name: 'immutability of a hierarchical account',
    inputs: { store: { hierarchical: true, immutable_days: 30 } },
    says: 'store.hierarchical = false',
  },
  {
    name: 'a reader of $Default',
    inputs: { datasets: { mail: { consumer_group: '$Default' } } },
    says: 'turns Credence away',
  },
  { name: 'an HSM that one person opens', inputs: { keys: { service: 'hsm' } }, says: '2 hsm_administrators or more' },
  { name: 'alerts to nobody', inputs: { alert_emails: {} }, says: 'an alert that nobody reads is none' },
  { name: 'a public network', inputs: { address_space: '20.0.0.0/16' }, says: 'address_space is private' },
  { name: 'a firewall on the internet', inputs: { egress_next_hop: '203.0.113.7' }, says: 'private address' },
  {
    name: 'more names than a condition has room for',
    inputs: { datasets: datasetsOf(16, 63), producers: {} },
    says: 'longer than the 8 KB that Azure takes',
  },
  {
    name: 'events that a Standard namespace does not keep so long',
    inputs: {
      event_hubs: { sku: 'Standard' },
      accept: ['event_hubs_without_own_key'],
      datasets: { mail: { retention_hours: 720 } },
      producers: {},
    },
    says: '168 hours at most',
  },
]

describe.skipIf(toEvaluate.skip)(`Terraform for Azure refuses${toEvaluate.why}`, () => {
  test.each(REFUSED)('$name', async ({ inputs, says, file, replace }) => {
    expect(await refusal(inputs)).toContain(says)
    if (file !== undefined && replace !== undefined) expect(await refusal(inputs, { file, replace })).toBeNull()
  })

  test('no sixteen datasets of ordinary names', async () => {
    const inputs = { datasets: datasetsOf(16, 16), producers: {} }
    const datasets = Object.keys(inputs.datasets)
    expect(permissionProblems(await evaluated(inputs), { ...GIVEN, datasets })).toEqual([])
  })

  test('nothing that was accepted by name', async () => {
    const { resources } = await evaluated({
      deletion_protection: false,
      deployer_ip_ranges: ['203.0.113.7'],
      accept: ['no_delete_locks', 'deployer_over_internet'],
    })
    expect(resources.filter(({ type }) => type.includes('policy_assignment'))).toEqual([])
  })
})

describe.skipIf(ruled.skip)(`Terraform for Azure: what is taken away is noticed${ruled.why}`, () => {
  test.each(AZURE.mutations.map((mutation) => [mutation.name, mutation] as const))('%s', async (_name, mutation) => {
    expect((await caught(AZURE, mutation)).join('\n')).toContain(mutation.caughtBy)
  })
})

describe.skipIf(ruled.skip).each(['dev', 'prod'])(`Terraform for Azure: envs/%s-azure${ruled.why}`, (kind) => {
  const folder = `envs/${kind}-azure`
  const samples = ENVIRONMENTS[`${kind}-azure`]!

  test('is well formed, and gives the module what it needs', async () => {
    expect(await problemsOf(folder)).toEqual([])
  })

  test('keeps to the rules of the module, and has a budget', async () => {
    const { resources, outputs } = await evaluate(`${TERRAFORM}/${folder}`, samples)
    expect(productionProblems(`${kind}-azure`, { resources, outputs })).toEqual([])
    expect(madeProblems(folder, await made(folder, { resources, outputs }))).toEqual([])
    if (opaMissing() === null) expect(await denials('azure', resources)).toEqual([])
    const budget = resources.find(({ type }) => type === 'azurerm_consumption_budget_resource_group')
    const periods = budget?.values['time_period'] as readonly { readonly [key: string]: Json }[]
    expect(periods[0]?.['start_date']).toMatch(/^\d{4}-\d\d-01T00:00:00Z$/)
    expect(outputs['credence_config']).toContain(`credence-${kind}-x7k2.servicebus.windows.net`)
  })
})
