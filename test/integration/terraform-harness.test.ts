import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { moduleFolders, problemsOf, TERRAFORM } from '../../infra/terraform/tests/check.ts'
import { checkov, checkovMissing } from '../../infra/terraform/tests/checkov.ts'
import { evaluate, planAnew } from '../../infra/terraform/tests/evaluate.ts'
import { missing, type JsonObject } from '../../infra/terraform/tests/hcl.ts'
import { opa, opaMissing, POLICIES } from '../../infra/terraform/tests/opa.ts'
import { permissionsAreCurrent } from '../../infra/terraform/tests/permissions.ts'
import { tablesAreCurrent } from '../../infra/terraform/tests/tables.ts'
import { terraformMissing, unformatted } from '../../infra/terraform/tests/terraform.ts'
import { unless } from './terraform-suite.ts'

const read = unless(missing)
const run = unless(missing, terraformMissing())
const formatted = unless(terraformMissing())
const scanned = unless(checkovMissing())
const ruled = unless(opaMissing())

function folderOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'credence-hcl-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'main.tf'), text)
  return folder
}

const VERSIONS = 'terraform {\n  required_version = ">= 1.11"\n}\n'

describe.skipIf(formatted.skip)(`terraform fmt${formatted.why}`, () => {
  test('would change no file', () => {
    expect(unformatted(TERRAFORM)).toEqual([])
  })
})

describe.skipIf(read.skip)(`every folder of Terraform${read.why}`, () => {
  test.each(moduleFolders())('%s has known types and arguments, and names that mean something', async (folder) => {
    expect(await problemsOf(folder)).toEqual([])
  })

  test.each(moduleFolders())('%s says in its README what it takes and gives', async (folder) => {
    expect(await tablesAreCurrent(folder), `run node infra/terraform/tests/tables.ts ${folder}`).toBe(true)
  })
})

describe.skipIf(scanned.skip)(`checkov${scanned.why}`, () => {
  test.each(moduleFolders())('%s has no finding without a reason', async (folder) => {
    const { failed, skipped, passed } = await checkov(folder)
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThanOrEqual(20)
    for (const { what, reason } of skipped) expect(reason.length, what).toBeGreaterThan(15)
  })
})

describe.skipIf(read.skip)(`what the checks of files notice${read.why}`, () => {
  const problems = async (text: string) => (await problemsOf(folderOf(VERSIONS + text))).join('\n')

  test.each([
    ['a file that is no HCL', 'resource "aws_vpc" {', null],
    ['an unknown type', 'resource "aws_strem" "s" {\n  name = "s"\n}', 'unknown resource type'],
    ['a misspelt argument', 'resource "aws_kinesis_stream" "s" {\n  nam = "s"\n}', 'unsupported argument "nam"'],
    ['a missing argument', 'resource "aws_kinesis_stream" "s" {\n}', 'missing required "name"'],
    [
      'a misspelt argument of a nested block',
      'resource "aws_kinesis_stream" "s" {\n  name = "s"\n  stream_mode_details {\n    mode = "ON_DEMAND"\n  }\n}',
      'stream_mode_details: unsupported argument "mode"',
    ],
    [
      'a block that is given too often',
      'resource "aws_kinesis_stream" "s" {\n  name = "s"\n  stream_mode_details {\n    stream_mode = "A"\n  }\n  stream_mode_details {\n    stream_mode = "B"\n  }\n}',
      'given 2 times, taken once',
    ],
    [
      'an unknown dynamic block',
      'resource "aws_vpc" "v" {\n  dynamic "rule" {\n    for_each = []\n    content {}\n  }\n}',
      'unknown dynamic block "rule"',
    ],
    [
      'plain text where a list is due',
      'resource "aws_db_subnet_group" "g" {\n  subnet_ids = "one"\n}',
      'subnet_ids: expected a list',
    ],
    ['an unknown variable', 'output "o" {\n  value = var.nope\n}', 'var.nope is not declared'],
    ['an unknown resource', 'output "o" {\n  value = aws_vpc.nope.id\n}', 'aws_vpc.nope does not exist'],
    [
      'an unknown attribute',
      'resource "aws_vpc" "v" {}\noutput "o" {\n  value = aws_vpc.v.nope\n}',
      'has no attribute nope',
    ],
    ['an unknown name in a template', 'output "o" {\n  value = "a-${local.nope}"\n}', 'local.nope is not declared'],
    [
      'an unknown name in a condition',
      'output "o" {\n  value = "${var.nope ? "a" : "b"}-c"\n}',
      'var.nope is not declared',
    ],
    ['a variable that nothing uses', 'variable "v" {\n  type = bool\n}', 'variable v is declared and not used'],
    ['a local that nothing uses', 'locals {\n  a = 1\n}', 'local a is declared and not used'],
    ['data that nothing uses', 'data "aws_region" "here" {}', 'is read and not used'],
    [
      'a variable without a type',
      'variable "v" {\n  description = "V."\n}\noutput "o" {\n  value = var.v\n}',
      'variable v has no type',
    ],
    [
      'a variable without a validation',
      'variable "v" {\n  type = string\n}\noutput "o" {\n  value = var.v\n}',
      'variable v is not validated',
    ],
    ['a resource without tags', 'resource "aws_vpc" "v" {}', 'aws_vpc.v has no tags'],
  ])('%s', async (_, text, said) => {
    if (said === null) await expect(problems(text)).rejects.toThrow('Unclosed configuration block')
    else expect(await problems(text)).toContain(said)
  })

  test.each(['aws'] as const)('the permissions of %s are those of the statement', (cloud) => {
    expect(permissionsAreCurrent(cloud), `run node infra/terraform/tests/permissions.ts ${cloud}`).toBe(true)
  })
})

describe.skipIf(run.skip)(`evaluating a module${run.why}`, () => {
  const MODULE = `${VERSIONS}
variable "sizes" {
  type    = map(number)
  default = { a = 1, b = 2 }
  validation {
    condition     = alltrue([for size in values(var.sizes) : size > local.none])
    error_message = "Sizes are positive."
  }
}
locals {
  none = 0
}
resource "aws_kms_key" "k" {
  count       = 2
  description = "key \${count.index}"
}
resource "aws_kinesis_stream" "s" {
  for_each    = var.sizes
  name        = "s-\${each.key}"
  shard_count = each.value
  kms_key_id  = aws_kms_key.k[1].arn
  dynamic "stream_mode_details" {
    for_each = each.value > 1 ? ["PROVISIONED"] : []
    content {
      stream_mode = stream_mode_details.value
    }
  }
  lifecycle {
    precondition {
      condition     = each.value < 10
      error_message = "Ten is too many."
    }
  }
}
output "arns" {
  value = [for stream in aws_kinesis_stream.s : "\${stream.arn}\${var.sizes["a"] == 1 ? "!" : ""}"]
}
`

  test('works out loops, counts, dynamic blocks and references', async () => {
    const { resources, outputs } = await evaluate(folderOf(MODULE), { variables: {} })
    expect(
      resources.map(({ address, key, values }) => [address, key, values['description'] ?? values['name']]),
    ).toEqual([
      ['aws_kinesis_stream.s', 'a', 's-a'],
      ['aws_kinesis_stream.s', 'b', 's-b'],
      ['aws_kms_key.k', '0', 'key 0'],
      ['aws_kms_key.k', '1', 'key 1'],
    ])
    expect(resources[0]?.values).toMatchObject({ kms_key_id: 'aws_kms_key.k[1].arn', stream_mode_details: [] })
    expect(resources[1]?.values).toMatchObject({ stream_mode_details: [{ stream_mode: 'PROVISIONED' }] })
    expect(outputs['arns']).toEqual(['aws_kinesis_stream.s["a"].arn!', 'aws_kinesis_stream.s["b"].arn!'])
  })

  test.each<[string, (text: string) => string, JsonObject]>([
    ['an argument', (text) => text.replace('shard_count = each.value', 'shard_count = each.value + 1'), {}],
    ['a key that others refer to', (text) => text.replace('count       = 2', 'count       = 3'), {}],
    ['a resource that is taken away', (text) => text.replace(/resource "aws_vpc"[^]*?\n\}\n/, ''), {}],
    ['an output that is taken away', (text) => text.replace(/output "arns"[^]*?\n\}\n/, ''), {}],
    ['a default', (text) => text.replace('b = 2', 'b = 3'), {}],
    ['an input', (text) => text, { sizes: { a: 5 } }],
    ['nothing', (text) => text, {}],
  ])('works out no more than differs, and says the same: %s', async (_, alter, variables) => {
    const text = `${MODULE}resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\n`
    const folder = folderOf(text)
    await evaluate(folder, { variables: {} })
    const part = await evaluate(folder, { variables }, (_name, one) => alter(one))
    expect(part).toEqual(await evaluate(folderOf(alter(text)), { variables }))
  })

  test('refuses, of what differs, what it would refuse of the whole', async () => {
    const folder = folderOf(MODULE)
    await evaluate(folder, { variables: {} })
    await expect(evaluate(folder, { variables: { sizes: { a: 11 } } })).rejects.toThrow('Ten is too many.')
    await expect(evaluate(folder, { variables: { sizes: { a: -1 } } })).rejects.toThrow('Sizes are positive.')
    const gone = (_: string, one: string) => one.replace(/resource "aws_kms_key"[^]*?\n\}\n/, '')
    await expect(evaluate(folder, { variables: {} }, gone)).rejects.toThrow('aws_kms_key__k')
  })

  test('tells that the keys of a loop are known only after something is made', async () => {
    const known = `${VERSIONS}resource "aws_vpc" "v" {}\nresource "aws_subnet" "s" {\n  for_each = { a = aws_vpc.v.id }\n  vpc_id   = each.value\n}\n`
    await planAnew(folderOf(known), { variables: {} })
    await expect(planAnew(folderOf(known.replace('{ a = ', '{ (aws_vpc.v.id) = ')), { variables: {} })).rejects.toThrow(
      'Invalid for_each argument',
    )
  })

  test.each([
    ['what a provider marks', 'google_redis_instance.r.auth_string'],
    ['what a provider marks in a block', 'azurerm_managed_redis.m.default_database[0].primary_access_key'],
    ['what another resource was given of it', 'google_secret_manager_secret_version.v.secret_data'],
    ['a secret variable', 'var.password'],
  ])('refuses an output of %s as sensitive, unless it says so', async (_, secret) => {
    const module = `${VERSIONS}
variable "password" {
  type      = string
  sensitive = true
}
resource "google_redis_instance" "r" {
  name = "r"
}
resource "google_secret_manager_secret_version" "v" {
  secret      = google_redis_instance.r.id
  secret_data = google_redis_instance.r.auth_string
}
resource "azurerm_managed_redis" "m" {
  name = "m"
  default_database {}
}
output "plain" {
  value = [google_redis_instance.r.host, google_secret_manager_secret_version.v.version]
}
output "secret" {
  value = "is \${${secret}}"
}
`
    const samples = { variables: { password: 'of a test' } }
    await expect(evaluate(folderOf(module), samples)).rejects.toThrow('refers to sensitive values')
    await expect(planAnew(folderOf(module), samples)).rejects.toThrow('refers to sensitive values')
    const marked = module.replace('output "secret" {', 'output "secret" {\n  sensitive = true')
    const { outputs, resources } = await evaluate(folderOf(marked), samples)
    expect(outputs['secret']).toMatch(/^is ./)
    expect(resources.map(({ values }) => values['secret_data'] ?? null)).toContain(
      'google_redis_instance.r.auth_string',
    )
  })

  test('refuses what a validation refuses', async () => {
    await expect(evaluate(folderOf(MODULE), { variables: { sizes: { a: 0 } } })).rejects.toThrow('Sizes are positive.')
  })

  test('refuses what a precondition refuses', async () => {
    await expect(evaluate(folderOf(MODULE), { variables: { sizes: { a: 10 } } })).rejects.toThrow('Ten is too many.')
  })
})

describe.skipIf(ruled.skip)(`the rules${ruled.why}`, () => {
  test('are well formed', async () => {
    await opa(['check', '--strict', POLICIES])
  })

  test('have tests that pass', async () => {
    expect(readdirSync(POLICIES).some((name) => name.endsWith('_test.rego'))).toBe(true)
    expect(await opa(['test', POLICIES])).toMatch(/^PASS: (\d+)\/\1\n$/)
  })
})
