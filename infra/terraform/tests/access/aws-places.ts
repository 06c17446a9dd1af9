import type { EvaluatedResource } from '../evaluate.ts'
import { text } from '../module.ts'
import { worldOf, type Asked, type World } from './aws-world.ts'
import type { Caller } from './iam.ts'

export const ACCOUNT = '123456789012'
/** Of somebody else. */
export const OTHER = '999999999999'

export const TLS = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' } as const
export const REGION = 'eu-central-1'

/** What requests are made of: resources by what they are called here. */
export interface Places {
  readonly world: World
  readonly bucket: string
  readonly trail: string
  readonly keys: Readonly<Record<'epoch' | 'store' | 'platform', string>>
  readonly s3Endpoint: string
  readonly endpoint: (service: string) => string
  readonly roleArn: (service: string) => string
}

/** The same, with the ARNs that AWS would give in place of placeholders, where what is made of them is asked about. */
export function withArns(resources: readonly EvaluatedResource[]): EvaluatedResource[] {
  const kinds: Readonly<Record<string, string>> = {
    aws_kinesis_stream: `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/`,
    aws_iam_role: `arn:aws:iam::${ACCOUNT}:role/`,
    aws_sns_topic: `arn:aws:sns:${REGION}:${ACCOUNT}:`,
    aws_s3_bucket: 'arn:aws:s3:::',
  }
  let written = JSON.stringify(resources)
  for (const { type, arn, values } of resources) {
    const name = values['name'] ?? values['bucket']
    const prefix = kinds[type]
    if (prefix === undefined || arn === null || arn.startsWith('arn:')) continue
    // within a document that stands in JSON, quotes are escaped once more, and again where it stands for another's policy
    let form = arn
    for (let depth = 0; depth < 3; depth++) {
      written = written.replaceAll((form = JSON.stringify(form).slice(1, -1)), `${prefix}${text(name)}`)
    }
  }
  return JSON.parse(written) as EvaluatedResource[]
}

export function placesOf(resources: readonly EvaluatedResource[]): Places {
  const arn = (address: string) => resources.find((one) => one.address === address)?.arn ?? address
  const endpoints = resources.filter(({ type }) => type === 'aws_vpc_endpoint')
  const idOf = (service: string) =>
    endpoints.find(({ values }) => values['service_name'] === `com.amazonaws.${REGION}.${service}`)?.id ?? service
  return {
    world: worldOf(resources),
    bucket: arn('aws_s3_bucket.store'),
    trail: arn('aws_s3_bucket.trail'),
    keys: { epoch: arn('aws_kms_key.epoch'), store: arn('aws_kms_key.store'), platform: arn('aws_kms_key.platform') },
    s3Endpoint: idOf('s3'),
    endpoint: idOf,
    roleArn: (service) => `arn:aws:iam::${ACCOUNT}:role/credence-test-${service}`,
  }
}

function service(places: Places, name: string): Caller {
  return { arn: places.roleArn(name), account: ACCOUNT }
}

/** What is asked for, whoever asks. */
export interface Wish {
  readonly action: string
  readonly resource: string
  readonly context: Asked['context']
}

const SERVICES: Readonly<Record<string, string>> = { kinesis: 'kinesis-streams', kms: 'kms', sts: 'sts' }

/** As a service asks: over TLS, through the endpoint of what it asks, or S3 and Kinesis in its name. */
export function inside(places: Places, role: string, { action, resource, context }: Wish): Asked {
  const product = action.split(':')[0] ?? ''
  const endpoint = product === 's3' ? places.s3Endpoint : SERVICES[product] && places.endpoint(SERVICES[product])
  const isDirect = context['kms:ViaService'] === undefined && endpoint !== undefined
  return {
    caller: service(places, role),
    role,
    account: ACCOUNT,
    action,
    resource,
    about: product === 's3' ? places.bucket : product === 'kms' ? resource : null,
    context: {
      ...TLS,
      ...(isDirect && { 'aws:SourceVpce': endpoint }),
      ...(context['kms:EncryptionContext:dataset'] !== undefined && { 'kms:EncryptionContext:kid': 'k1' }),
      ...context,
    },
  }
}
