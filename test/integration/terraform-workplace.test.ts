import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { read, type Caller } from '../../infra/terraform/tests/access/iam.ts'
import { problemsOf, TERRAFORM } from '../../infra/terraform/tests/check.ts'
import { caughtIn } from '../../infra/terraform/tests/cloud.ts'
import { EvaluationError } from '../../infra/terraform/tests/evaluation-error.ts'
import { evaluate, planAnew, type Evaluated } from '../../infra/terraform/tests/evaluate.ts'
import { missing, type JsonObject } from '../../infra/terraform/tests/hcl.ts'
import { list, text } from '../../infra/terraform/tests/module.ts'
import { mutate, type Mutation } from '../../infra/terraform/tests/mutation.ts'
import { denials, opaMissing } from '../../infra/terraform/tests/opa.ts'
import { WORKPLACES } from '../../infra/terraform/tests/samples/workplaces.ts'
import { terraformMissing } from '../../infra/terraform/tests/terraform.ts'
import { unless } from './terraform-suite.ts'

const folderOf = (cloud: string) => `modules/${cloud}/workplace`
const made = (cloud: string, mutation?: Mutation): Promise<Evaluated> =>
  evaluate(join(TERRAFORM, folderOf(cloud)), WORKPLACES[folderOf(cloud)]!, (file, text) =>
    mutation === undefined ? text : mutate(mutation, file, text),
  )

const PERSON: Caller = { arn: 'arn:aws:iam::123456789012:role/reviewers', account: '123456789012' }
const MACHINE = 'arn:aws:ec2:eu-central-1:123456789012:instance/i-0credence'
const SSM = 'arn:aws:ssm:eu-central-1'
const SESSION = `${SSM}:123456789012:session/ada-0a1b`
const OWN = { 'ssm:resourceTag/aws:ssmmessages:session-id': '${aws:userid}' }

/** What people ask of Systems Manager, and whether they may: `[action, resource, context, answer]`. */
const ASKED: readonly (readonly [string, string, Record<string, string>, boolean])[] = [
  ['ssm:StartSession', MACHINE, { 'ssm:SessionDocumentAccessCheck': 'true' }, true],
  ['ssm:StartSession', `${SSM}::document/AWS-StartPortForwardingSessionToRemoteHost`, {}, true],
  ['ssm:TerminateSession', SESSION, OWN, true],
  ['ssm:StartSession', MACHINE, { 'ssm:SessionDocumentAccessCheck': 'false' }, false],
  ['ssm:StartSession', MACHINE.replace('0credence', '0node'), {}, false],
  ['ssm:StartSession', `${SSM}:123456789012:document/SSM-SessionManagerRunShell`, {}, false],
  ['ssm:StartSession', `${SSM}::document/AWS-StartInteractiveCommand`, {}, false],
  ['ssm:StartSession', `${SSM}::document/AWS-StartSSHSession`, {}, false],
  ['ssm:SendCommand', MACHINE, {}, false],
  ['ssm:TerminateSession', SESSION, { 'ssm:resourceTag/aws:ssmmessages:session-id': 'somebody else' }, false],
  ['ec2:ModifyInstanceAttribute', MACHINE, {}, false],
  ['iam:PassRole', 'arn:aws:iam::123456789012:role/credence-workplace', {}, false],
]

const statementsOf = ({ resources }: Evaluated, name: string) =>
  list(
    resources.find((one) => one.address === `data.aws_iam_policy_document.${name}`)?.values['statement'],
  ) as JsonObject[]
const answers = (evaluated: Evaluated) =>
  ASKED.map(
    ([action, resource, context]) =>
      read(statementsOf(evaluated, 'people'), { caller: PERSON, action, resource, context }).isAllowed,
  )
const isAssumedBy = (evaluated: Evaluated, caller: Caller) => {
  const { isAllowed, isLeftToAccount } = read(statementsOf(evaluated, 'trust'), {
    caller,
    action: 'sts:AssumeRole',
    resource: 'arn:aws:iam::123456789012:role/credence-workplace',
    context: {},
  })
  return isAllowed || isLeftToAccount
}

/** Everything that is said of a workplace: by the rules, and by what is asked of it. */
async function problems(cloud: string, mutation?: Mutation): Promise<string[]> {
  const evaluated = await made(cloud, mutation)
  const denied = await denials('workplace', evaluated.resources)
  if (cloud !== 'aws') return denied
  const others = answers(evaluated).flatMap((isAllowed, i) => {
    const [action, resource, context, wanted] = ASKED[i]!
    return isAllowed === wanted ? [] : [`access: ${action} on ${resource} ${JSON.stringify(context)}: ${isAllowed}`]
  })
  const rights = statementsOf(evaluated, 'agent').flatMap(({ actions }) => list(actions).map(text))
  return [
    ...denied,
    ...others,
    ...(isAssumedBy(evaluated, PERSON) ? ['access: a person becomes the machine'] : []),
    ...rights.filter((right) => !AGENT.has(right)).map((right) => `access: the machine may ${right}`),
  ]
}
const AGENT = new Set([
  'ssm:UpdateInstanceInformation',
  ...['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'].map(
    (one) => `ssmmessages:${one}`,
  ),
])

/** `[cloud, what happens, from, to, what is said]`, all in `main.tf`. */
const SPOILT: readonly (readonly [string, string, string, string, string])[] = [
  ['aws', 'it has an address outside', 'address = false', 'address = true', 'associate_public_ip_address'],
  [
    'aws',
    'its credentials are read without a token',
    'http_tokens                 = "required"',
    'http_tokens                 = "optional"',
    'http_tokens',
  ],
  ['aws', 'containers reach its credentials', 'hop_limit = 1', 'hop_limit = 2', 'hop_limit'],
  ['aws', 'its disk is in clear', 'encrypted   = true', 'encrypted   = false', 'root_block_device.0.encrypted'],
  [
    'aws',
    'somebody has a key to it',
    'instance_type               = "t4g.nano"',
    'instance_type               = "t4g.nano"\n  key_name = "ada"',
    'has key_name',
  ],
  [
    'aws',
    'it runs a program',
    'instance_type               = "t4g.nano"',
    'instance_type               = "t4g.nano"\n  user_data = "#!/bin/sh"',
    'has user_data',
  ],
  [
    'aws',
    'its image is of somebody else',
    '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
    '/somebody/image',
    'not the newest',
  ],
  [
    'aws',
    'people get a shell',
    '::document/AWS-StartPortForwardingSessionToRemoteHost',
    '::document/*',
    'AWS-StartInteractiveCommand',
  ],
  [
    'aws',
    'documents are not looked at',
    'values   = ["true"]',
    'values   = ["true", "false"]',
    '"ssm:SessionDocumentAccessCheck":"false"',
  ],
  ['aws', 'every machine forwards', '[aws_instance.this.arn, ', '["*", ', 'i-0node'],
  [
    'aws',
    'people end the sessions of others',
    'test     = "StringEquals"\n      variable = "ssm:resourceTag',
    'test     = "StringNotEquals"\n      variable = "ssm:resourceTag',
    'ssm:TerminateSession',
  ],
  [
    'aws',
    'people run commands',
    'actions   = ["ssm:StartSession"]',
    'actions   = ["ssm:StartSession", "ssm:SendCommand"]',
    'ssm:SendCommand',
  ],
  [
    'aws',
    'people become the machine',
    'identifiers = ["ec2.amazonaws.com"]\n    }',
    'identifiers = ["ec2.amazonaws.com"]\n    }\n    principals {\n      type        = "AWS"\n      identifiers = ["123456789012"]\n    }',
    'a person becomes the machine',
  ],
  [
    'aws',
    'the machine reads parameters',
    '"ssm:UpdateInstanceInformation"',
    '"ssm:UpdateInstanceInformation", "ssm:GetParameter"',
    'the machine may ssm:GetParameter',
  ],
  [
    'aws',
    'a range is reached',
    'security_group_id            = aws_security_group.this.id\n  referenced_security_group_id = each.value.security_group_id',
    'security_group_id            = aws_security_group.this.id\n  cidr_ipv4 = "0.0.0.0/0"',
    'names a range',
  ],
  [
    'aws',
    'what is reached reaches it',
    'security_group_id            = each.value.security_group_id\n  referenced_security_group_id = aws_security_group.this.id',
    'security_group_id            = aws_security_group.this.id\n  referenced_security_group_id = each.value.security_group_id',
    'let into the workplace',
  ],
  ['gcp', 'anybody is let in', 'proxies = "35.235.240.0/20"', 'proxies = "0.0.0.0/0"', 'source_ranges'],
  [
    'gcp',
    'every machine is reached',
    'target_service_accounts = [google_service_account.this.email]\n',
    '',
    'target_service_accounts',
  ],
  ['gcp', 'every port is reached', 'ports    = ["22"]', 'ports    = ["22", "5432"]', 'allow.0.ports'],
  [
    'gcp',
    'it has an address outside',
    'subnetwork = var.network.subnetwork\n',
    'subnetwork = var.network.subnetwork\n    access_config {}\n',
    'access_config',
  ],
  ['gcp', 'it may do what its account may some day', 'scopes = []', 'scopes = ["cloud-platform"]', 'scopes'],
  [
    'gcp',
    'it forwards packets',
    'machine_type              = "e2-micro"',
    'machine_type              = "e2-micro"\n  can_ip_forward = true',
    'can_ip_forward',
  ],
  [
    'gcp',
    'keys of the project open it',
    'block-project-ssh-keys = "TRUE"',
    'block-project-ssh-keys = "FALSE"',
    'block-project-ssh-keys',
  ],
  [
    'gcp',
    'a password is enough',
    'enable-oslogin-2fa     = "TRUE"',
    'enable-oslogin-2fa     = "FALSE"',
    'enable-oslogin-2fa',
  ],
  [
    'gcp',
    'it runs a program',
    'serial-port-enable     = "FALSE"',
    'serial-port-enable     = "FALSE"\n    startup-script = "curl"',
    'startup-script',
  ],
  [
    'gcp',
    'its image verifies nothing',
    'projects/cos-cloud/global/images/family/cos-stable',
    'projects/debian-cloud/global/images/family/debian-13',
    'verifies its root',
  ],
  ['gcp', 'people administer it', 'roles/compute.osLogin"', 'roles/compute.osAdminLogin"', 'role is not as'],
  ['gcp', 'people reach every machine', 'roles/iap.tunnelResourceAccessor"', 'roles/owner"', 'role is not as'],
  [
    'gcp',
    'people reach every port',
    'compact(["destination.port == 22", ',
    'compact(["destination.port > 0", ',
    'leads to any port',
  ],
  ['gcp', 'access levels do not count', '"(${local.levels})"', '"(${local.levels} || true)"', 'leads to any port'],
  [
    'gcp',
    'people become other accounts',
    'permissions = ["compute.projects.get"]',
    'permissions = ["compute.projects.get", "iam.serviceAccounts.actAs"]',
    'permissions is not as',
  ],
  [
    'gcp',
    'it is granted something',
    'resource "google_project_iam_custom_role" "looks" {',
    'resource "google_storage_bucket_iam_member" "more" {\n  bucket = "b"\n  role = "roles/storage.objectViewer"\n  member = "user:ada@example.org"\n}\n\nresource "google_project_iam_custom_role" "looks" {',
    'no part of a workplace',
  ],
]

const pages = unless(missing)
describe.skipIf(pages.skip)(`what docs/deploy-*.md puts beside an environment${pages.why}`, () => {
  test.each(['aws', 'gcp'])(
    '%s calls modules with what they take and all that they need, and has outputs',
    async (cloud) => {
      const page = readFileSync(join(TERRAFORM, `../../docs/deploy-${cloud}.md`), 'utf8')
      const [, block = ''] = /```hcl\n([^]*?)```/.exec(page) ?? []
      const name = `dev-${cloud}`
      const problems = await problemsOf(`envs/${name}`, (file, text) =>
        file === 'main.tf' ? `${text}\n${block}` : text,
      )
      expect(problems.filter((problem) => !problem.startsWith('output workplace has no description'))).toEqual([])
      expect(
        await problemsOf(`envs/${name}`, (file, text) =>
          file === 'main.tf' ? `${text}\n${block.replace('roles ', 'rules ').replace('people ', 'persons ')}` : text,
        ),
      ).not.toEqual(problems)
    },
  )
})

const ruled = unless(missing, terraformMissing(), opaMissing())
describe.skipIf(ruled.skip)(`workplaces${ruled.why}`, () => {
  test.each(['aws', 'gcp'])('%s keeps to the rules, and can be planned when nothing exists yet', async (cloud) => {
    expect(await problems(cloud)).toEqual([])
    expect(await caughtIn(folderOf(cloud), 'workplace', WORKPLACES[folderOf(cloud)]!)).toEqual([])
    await planAnew(join(TERRAFORM, folderOf(cloud)), WORKPLACES[folderOf(cloud)]!)
  })

  test.each(SPOILT)('%s: it is noticed when %s', async (cloud, name, from, to, says) => {
    expect(
      (await problems(cloud, { name, file: 'main.tf', replace: [from, to], caughtBy: says })).join('\n'),
    ).toContain(says)
  })

  test.each([
    ['aws', { reaches: { ssh: { security_group_id: 'sg-nodes', port: 22 } } }, /nobody administers machines/],
    ['aws', { roles: { all: 'arn:aws:iam::123456789012:role/reviewers' } }, /no ARNs/],
    ['gcp', { people: [] }, /Name people and groups/],
    ['gcp', { people: ['domain:example.org'] }, /Name people and groups/],
    ['gcp', { people: ['serviceAccount:x@y.iam.gserviceaccount.com'] }, /Name people and groups/],
    ['gcp', { access_levels: ['office'] }, /full names/],
  ])('%s refuses %j', async (cloud, variables, says) => {
    const samples = WORKPLACES[folderOf(cloud)]!
    const given = { ...samples, variables: { ...samples.variables, ...(variables as JsonObject) } }
    const failed = await evaluate(join(TERRAFORM, folderOf(cloud)), given).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(EvaluationError)
    expect(String(failed)).toMatch(says)
  })
})
