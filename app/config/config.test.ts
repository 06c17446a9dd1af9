import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { hide, interpolate, type Environment } from '#runtime/config/interpolate.ts'
import { loadConfig, parseConfig } from './load.ts'
import { configJsonSchema } from './schema.ts'
import { suggest } from '#runtime/config/suggest.ts'
import { readYaml } from '#runtime/config/yaml-file.ts'

const SHORT = `
version: 1
datasets:
  digits:
    source: ./deliveries/digits
    contract: ./digits.contract.yaml
`

const parse = (text: string, environment: Environment = {}) => parseConfig(text, '/project/credence.yaml', environment)

/** The problems of a text, each as `line:column path: message`. */
function problems(text: string, environment: Environment = {}): string[] {
  try {
    parse(text, environment)
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid') {
      const [, ...lines] = error.message.split('\n')
      return lines.map((line) => line.replace('  /project/credence.yaml:', ''))
    }
    throw error
  }
  return []
}

describe('a configuration', () => {
  test('may be short: everything else has a default', () => {
    expect(parse(SHORT)).toEqual({
      version: 1,
      path: '/project/credence.yaml',
      data: '/project/.credence',
      datasets: {
        digits: {
          source: { root: '/project/deliveries/digits', format: 'auto' },
          contract: '/project/digits.contract.yaml',
          window: { records: 10_000, bytes: 64 * 1024 * 1024, seconds: 60 },
          policy: { hold: { risk: 0.5 }, rejectAbove: 1.01 },
          scan: { effort: 'full' },
          memory: { every: 4 },
        },
      },
      federations: {},
      keys: { ttlSeconds: 300 },
      profile: 'development',
      emulator: false,
      seed: 0,
      workers: expect.any(Number) as number,
    })
  })

  test('may say everything', () => {
    const config = parse(
      `
version: 1
data: /var/credence
datasets:
  mail:
    source: { root: ./mail, include: ['**/*.eml'], exclude: ['spam/**'], path: '^(?<contributor>[^/]+)/(?<label>[^/]+)/', format: email }
    contract: ./mail.yaml
    window: { records: 500, bytes: 1.5 MiB }
    policy: { hold: { innocentShare: 0.05 }, rejectAbove: 0.99 }
    model: { onnx: ./model.onnx }
keys: { local: { passphrase: '\${CREDENCE_PASSPHRASE}' } }
seed: 7
workers: 2
`,
      { CREDENCE_PASSPHRASE: 'correct horse' },
    )
    expect(config).toMatchObject({
      data: '/var/credence',
      seed: 7,
      workers: 2,
      keys: { local: { passphrase: 'correct horse' } },
    })
    expect(config.datasets['mail']).toMatchObject({
      source: { root: '/project/mail', include: ['**/*.eml'], format: 'email' },
      window: { records: 500, bytes: 1_572_864 },
      policy: { hold: { innocentShare: 0.05 }, rejectAbove: 0.99 },
      model: { onnx: '/project/model.onnx' },
    })
  })

  test('counts a key with nothing behind it as not given', () => {
    expect(parse(`${SHORT}    policy:\nkeys:\n`)).toEqual(parse(SHORT))
  })

  test('lists every problem at once, each at its line and column, with what was probably meant', () => {
    const text = `version: 2
datasts: {}
datasets:
  digits:
    source: { root: ./d, formt: csv, format: cvs }
    windw: { records: 10 }
    window: { records: many, bytes: 64MIB }
    policy: { hold: { innocentShre: 0.05 } }
    contract: 3
  Mail: { source: 3, contract: ./c, path: '[' }
seed: -1
workers: 1.5
`
    expect(problems(text)).toEqual([
      '1:10 version: expected 1',
      '2:1 datasts: unknown key; did you mean `datasets`?',
      '5:26 datasets.digits.source.formt: unknown key; did you mean `format`?',
      '5:46 datasets.digits.source.format: expected one of auto, jsonl, json, csv, idx, image, npy, npz, parquet, arrow, webdataset, email, text; did you mean `csv`?',
      '6:5 datasets.digits.windw: unknown key; did you mean `window`?',
      '7:24 datasets.digits.window.records: expected a number',
      '7:37 datasets.digits.window.bytes: expected bytes, or a size such as 64MiB',
      '8:21 datasets.digits.policy.hold.innocentShare: missing; expected a number',
      '8:23 datasets.digits.policy.hold.innocentShre: unknown key; did you mean `innocentShare`?',
      '9:15 datasets.digits.contract: expected a string',
      '10:3 datasets.Mail: expected a-z, 0-9, _ and -, at most 63',
      '11:7 seed: expected number to be >=0',
      '12:10 workers: expected a whole number',
    ])
  })

  test('says what is missing where it should stand', () => {
    expect(problems('version: 1\n')).toEqual(['1:1 datasets: expected at least one dataset, or a federation'])
    expect(problems('version: 1\ndatasets: {}\n')).toEqual([
      '2:11 datasets: expected at least one dataset, or a federation',
    ])
    expect(problems('version: 1\nfederations: { digits: { model: ./m.f64, minimum: 3 } }\n')).toEqual([])
    expect(problems('version: 1\ndatasets:\n  a:\n    contract: ./c\n')).toEqual([
      '4:5 datasets.a.source: expected a string or a map; known here: root, include, exclude, path, format, kinesis, eventhubs, pubsub',
    ])
    expect(problems(`${SHORT}store: ./objects\n`)).toEqual([
      '7:8 store: expected a map; known here: s3, adls, blob, gcs; to keep objects in a folder leave out `store`, and name the folder with `data`',
    ])
    expect(problems(`${SHORT}store: s3://bucket\n`)).toEqual([
      '7:8 store: expected a map; known here: s3, adls, blob, gcs',
    ])
    expect(problems(`${SHORT}store: 7\n`)).toEqual(['7:8 store: expected a map; known here: s3, adls, blob, gcs'])
    expect(problems('')).toEqual(['1:1 expected a map'])
  })

  test('that is no YAML says where, and nothing about the rest', () => {
    expect(problems('version: 1\ndatasets: { digits: [\n')).toHaveLength(2)
    expect(problems('seed: 1\nseed: 2\n')).toEqual(['2:1 Map keys must be unique'])
    expect(problems('version: *nothing\n')).toContain('1:10 version: this alias cannot be resolved')
  })

  test('takes no key that could reach a prototype', () => {
    expect(problems(`${SHORT}__proto__: { polluted: true }\n`)).toContain('7:1 __proto__: this key is not allowed')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('does not unfold aliases without end', () => {
    const bomb = [
      'a: &a [x, x]',
      'b: &b [*a, *a]',
      'c: &c [*b, *b]',
      'd: &d [*c, *c]',
      'e: &e [*d, *d]',
      'f: [*e, *e, *e]',
    ]
    const deep = [...bomb, 'g: [*e, *e, *e, *e, *e]'].join('\n')
    expect(readYaml(deep).problems[0]?.message).toBe('this alias cannot be resolved')
    expect(readYaml('a: &a [*a]').problems).not.toEqual([])
  })

  test('of a file that is not there, or not text, says so', async () => {
    await expect(loadConfig('/nowhere/credence.yaml', {})).rejects.toMatchObject({ code: 'not_found' })
    const folder = await mkdtemp(join(tmpdir(), 'credence-config-'))
    await expect(loadConfig(folder, {})).rejects.toMatchObject({ code: 'invalid' })
    await writeFile(join(folder, 'latin1.yaml'), Buffer.from([0x76, 0xe9]))
    await expect(loadConfig(join(folder, 'latin1.yaml'), {})).rejects.toThrow('is not UTF-8 text')
    await rm(folder, { recursive: true })
  })

  test('has a published schema that is up to date, and that the examples meet', async () => {
    const published = JSON.parse(await readFile(new URL('./credence.schema.json', import.meta.url), 'utf8')) as object
    expect(published, 'run: node app/config/write-schema.ts').toEqual(configJsonSchema())
    const validate = new Ajv2020({ strict: false }).compile(published)
    expect(validate(readYaml(SHORT).value)).toBe(true)
    expect(validate({ version: 1, datasets: {}, more: 1 })).toBe(false)
  })
})

describe('the environment', () => {
  test('fills in values, anywhere that a value may stand', () => {
    const text = `
version: 1
data: \${ROOT}/state
datasets:
  digits: { source: \${ROOT:-./d}, contract: "\${NAME:-c}.yaml", window: { records: \${N}, bytes: \${B:-1MiB} } }
seed: \${SEED:-3}
keys: { local: { passphrase: \${PASS:-} } }
`
    const config = parse(text, { ROOT: '/srv', N: '20', PASS: '12345678' })
    expect(config).toMatchObject({ data: '/srv/state', seed: 3, keys: { local: { passphrase: '12345678' } } })
    expect(config.datasets['digits']).toMatchObject({
      source: { root: '/srv' },
      contract: '/project/c.yaml',
      window: { records: 20, bytes: 1_048_576, seconds: 60 },
    })
    expect(parse(text, { ROOT: '/srv', N: '20' }).keys).toEqual({ local: {}, ttlSeconds: 300 })
  })

  test('names streams, stores, key services, a catalog and a queue', () => {
    const config = parse(`
version: 1
store: { s3: { bucket: training, kmsKey: arn:aws:kms:eu-west-1:1:key/a } }
keys: { awskms: { key: alias/credence }, gcpkms: { key: projects/p/locations/l/keyRings/r/cryptoKeys/k } }
catalog: { postgres: "\${PG:-postgresql://db/credence}" }
queue: { redis: rediss://redis:6379, ca: redis.pem, rates: { scan: { windows: 4 } } }
datasets:
  mail:
    contract: c.yaml
    source: { kinesis: { stream: mail, start: "2026-01-01T00:00:00Z", format: avro, schemas: mail.avsc } }
    window: { seconds: 5 }
  news: { contract: c.yaml, source: { pubsub: { project: p, subscription: s, contributor: { attribute: sender } } } }
`)
    expect(config.datasets['mail']?.source).toMatchObject({
      kinesis: { mode: 'polling', start: new Date('2026-01-01T00:00:00Z'), schemas: '/project/mail.avsc' },
    })
    expect(config.datasets['news']?.source).toMatchObject({ pubsub: { lanes: 4, format: 'auto' } })
    expect(config.store).toMatchObject({ s3: { bucket: 'training' } })
    expect(config.queue).toEqual({
      redis: 'rediss://redis:6379',
      prefix: 'credence',
      ca: '/project/redis.pem',
      rates: { scan: { windows: 4, perSeconds: 1 } },
    })
  })

  test('refuses emulators in production, and says what is wrong with a stream', () => {
    expect(problems(`${SHORT}profile: production\nemulator: true\n`)).toEqual([
      '8:11 emulator: a production profile refuses emulator: true',
    ])
    const wrong = 'version: 1\ndatasets:\n  a: { contract: c, source: { kinesis: { strem: x, mode: poll } } }\n'
    expect(problems(wrong)).toEqual([
      '3:40 datasets.a.source.kinesis.stream: missing; expected a string',
      '3:42 datasets.a.source.kinesis.strem: unknown key; did you mean `stream`?',
      '3:58 datasets.a.source.kinesis.mode: expected one of polling, fan-out',
    ])
  })

  test('is the only place for credentials: written in the file they are refused, and not quoted', () => {
    const written: Record<string, [string, string]> = {
      'catalog: { postgres: "postgresql://u:hunter2@db/c" }': ['catalog.postgres', 'POSTGRES'],
      'catalog: { postgres: "postgresql://u@db/c?password=hunter2" }': ['catalog.postgres', 'POSTGRES'],
      'catalog: { postgres: "postgresql://u:${PW:-hunter2}@db/c" }': ['catalog.postgres', 'POSTGRES'],
      'catalog: { postgres: "${PG:-postgresql://u:hunter2@db/c}" }': ['catalog.postgres', 'POSTGRES'],
      'queue: { redis: "rediss://:hunter2@redis:6379" }': ['queue.redis', 'REDIS'],
      'keys: { local: { passphrase: "hunter2 hunter2" } }': ['keys.local.passphrase', 'PASSPHRASE'],
      'keys: { local: { passphrase: "${PW:-hunter2 hunter2}" } }': ['keys.local.passphrase', 'PASSPHRASE'],
      'keys: { local: { passphrase: 123456789 } }': ['keys.local.passphrase', 'PASSPHRASE'],
      'traces: { otlp: "https://hunter2@collector.example.com/v1/traces" }': ['traces.otlp', 'OTLP'],
      'traces: { otlp: "https://u:hunter2@collector.example.com/v1/traces" }': ['traces.otlp', 'OTLP'],
      'store: { blob: { url: "https://a.blob.core.windows.net/?sv=2024&sig=hunter2", container: c } }': [
        'store.blob.url',
        'URL',
      ],
      'store: { adls: { url: "https://a.dfs.core.windows.net/?hunter2", container: c } }': ['store.adls.url', 'URL'],
      'store: { blob: { url: "https://a.blob.core.windows.net/?sig=hunter2&sv=${SV}", container: c } }': [
        'store.blob.url',
        'URL',
      ],
    }
    for (const [line, [path, variable]] of Object.entries(written)) {
      const environment = { PW: 'from outside', PG: 'postgresql://db/c', SV: '2024' }
      const [only, ...more] = problems(`${SHORT}${line}\n`, environment)
      expect(only, line).toContain(` ${path}: holds `)
      expect(only, line).toContain(`write \${CREDENCE_${variable}}, and set CREDENCE_${variable} in the environment`)
      expect(only, line).not.toMatch(/hunter2|123456789/)
      expect(more, line).toEqual([])
    }
  })

  test('lets the catalog be signed in to in one way', () => {
    const catalog = (more: string) => `${SHORT}catalog: { postgres: 'postgresql://scan@db/credence', ${more} }\n`
    const read = parse(catalog('passwordFile: secrets/postgres'), {}).catalog
    expect(read?.passwordFile).toMatch(/^\/.*\/secrets\/postgres$/)
    expect(parse(catalog('identity: aws, region: eu-central-1'), {}).catalog?.identity).toBe('aws')
    expect(() => parse(catalog('identity: gcp, passwordFile: p'), {})).toThrow('exclude each other')
  })

  test('is where a secret may come from in whole or in part, through an alias too', () => {
    const given = `
catalog: { postgres: 'postgresql://credence:\${PW}@db/\${DB:-credence}' }
queue: { redis: '\${REDIS}' }
keys: { local: { passphrase: '\${PW}' } }
store: { blob: { url: 'https://a.blob.core.windows.net/?\${SAS}', container: c } }
traces: { otlp: 'https://\${USERINFO}@collector:4318/v1/traces' }
`
    const PW = 'hunter2 hunter2'
    const environment = { PW, REDIS: 'rediss://:hunter2@redis', SAS: 'sv=1&sig=2', USERINFO: 'u:p' }
    expect(parse(SHORT + given, environment)).toMatchObject({
      catalog: { postgres: `postgresql://credence:${PW}@db/credence` },
      queue: { redis: 'rediss://:hunter2@redis' },
      traces: { otlp: 'https://u:p@collector:4318/v1/traces' },
    })
    expect(
      problems(`${SHORT}    policy: { hold: { risk: &p 0.5 } }\nkeys: { local: { passphrase: *p } }\n`),
    ).toHaveLength(1)
    const sas = 'https://a.blob.core.windows.net/c?sv=2024&sig=hunter2'
    const checkpoints = `version: 1
datasets: { d: { source: { eventhubs: { namespace: n, hub: h, checkpoints: "${sas}" } }, contract: c } }
`
    expect(problems(checkpoints)).toEqual([
      expect.stringMatching(
        /^2:\d+ datasets\.d\.source\.eventhubs\.checkpoints: holds a password or a signature: write/,
      ),
    ])
    const connection = checkpoints.replace(
      'namespace: n',
      'connectionStringEnv: "Endpoint=sb://n/;SharedAccessKey=hunter2"',
    )
    expect(problems(connection.replace(sas, 'https://a/c'))).toHaveLength(1)
  })

  test('that belong to two alternatives are told so, not what they are called already', () => {
    expect(problems(`${SHORT}    policy: { hold: { innocentShare: 0.05, risk: 0.5 } }\n`)).toEqual([
      expect.stringMatching(
        /policy\.hold\.(risk: not together with innocentShare|innocentShare: not together with risk): keep one of them$/,
      ),
    ])
  })

  test('of emulators alone may be reached without TLS', () => {
    const traces = `${SHORT}traces: { otlp: 'http://collector:4318/v1/traces' }\n`
    const refused = 'expected an address with https://, or emulator: true at the top of the file for a test'
    expect(problems(traces)).toEqual([`7:17 traces.otlp: ${refused}`])
    expect(parse(`${traces}emulator: true\n`).traces?.otlp).toBe('http://collector:4318/v1/traces')
    const checkpoints = `version: 1
datasets: { d: { source: { eventhubs: { namespace: n, hub: h, checkpoints: "http://a/c" } }, contract: c } }
`
    expect(problems(checkpoints)).toEqual([`2:76 datasets.d.source.eventhubs.checkpoints: ${refused}`])
    expect(problems(`${checkpoints}emulator: true\n`)).toEqual([])
  })

  test('that lacks a variable is a problem like any other', () => {
    expect(problems(`${SHORT}seed: \${NONE}\nextra: 1\n`)).toEqual([
      '7:7 seed: NONE is not set; set it, or write ${NONE:-default}',
      '8:1 extra: unknown key; known here: version, data, datasets, federations, keys, store, catalog, queue, profile, emulator, http, console, traces, seed, workers',
    ])
  })

  test('is never quoted in a message, and never read as YAML', () => {
    const hostile = 'secret]}\nseed: 9'
    const [line, ...more] = problems(`${SHORT}seed: \${S}\n`, { S: hostile })
    expect(line).toBe('7:7 seed: expected a number')
    expect(more).toEqual([])
    const text = `${SHORT}keys: { local: { passphrase: \${S} } }\n`
    expect(parse(text, { S: hostile }).keys.local?.passphrase).toBe(hostile)
  })

  property.prop([fc.string().filter((value) => value !== '')])('hands any value over as it is', (value) => {
    const { text, used } = interpolate(hide('a ${X} b $${X}'), { X: value })
    expect(text).toBe(`a ${value} b \${X}`)
    expect(used).toBe(true)
  })
})

describe('a suggestion', () => {
  test('is what is nearest, if that is near', () => {
    const keys = ['window', 'policy', 'contract', 'source']
    expect(suggest('widnow', keys)).toBe('window')
    expect(suggest('Source', keys)).toBe('source')
    expect(suggest('contracts', keys)).toBe('contract')
    expect(suggest('keys', keys)).toBeUndefined()
    expect(suggest('x', [])).toBeUndefined()
  })
})
