import { matchesGlob } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '#core/errors.ts'
import { FAMILIES } from '#core/score.ts'
import { configJsonSchema } from '#app/config/schema.ts'
import { allDetectors } from '#services/scan/detectors/all.ts'
import { Contributors } from '#services/scan/detectors/known/contributors.ts'
import { filesOf, isOurs, readSources, textOf, type SourceFile } from './support/source-tree.ts'

// What keeps the promises from eroding by one convenient import at a time. Each rule says why it is there and what to do about a
// line that it prints; none has a list of exceptions to add to, but where one is named with its reason.

/** What each room may import, besides itself. Whoever adds a room says here what it stands on. */
const RINGS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  clouds: ['core'],
  runtime: ['core'],
  present: ['core'],
  'services/ingest': ['core', 'clouds', 'runtime'],
  'services/scan': ['core', 'clouds', 'runtime'],
  'services/encrypt': ['core', 'clouds', 'runtime'],
  'services/federate': ['core', 'clouds', 'runtime'],
  app: ['core', 'clouds', 'runtime', 'services', 'present'],
  report: ['core', 'clouds', 'runtime', 'services', 'app', 'present'],
  'console/api': ['core'],
  'console/server': ['core', 'runtime', 'app', 'present', 'console/api'],
  'console/web': ['core', 'present', 'console/api'],
  cli: ['core', 'clouds', 'runtime', 'services', 'app', 'present', 'report', 'console/server'],
}
const PRODUCT = ['core', 'clouds', 'runtime', 'present', 'services', 'app', 'report', 'console', 'cli']
const NOT_SHIPPED = ['test', 'emulators', 'bench', 'attacks', 'examples', 'tools', 'infra']

const product = readSources(PRODUCT)

const roomOf = (path: string): string =>
  path
    .split('/')
    .slice(0, /^(?:services|console)\//.test(path) ? 2 : 1)
    .join('/')
const isIn = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`))

/** `file → what it imports`, for each import of these files that is wrong. */
function wrongImports(files: readonly SourceFile[], isWrong: (target: string, file: SourceFile) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.filter(({ target }) => isWrong(target, file)).map(({ target }) => `${file.path} → ${target}`),
  )
}

/** `file: what is written there`, for each of these files whose code matches. */
function wrongWords(files: readonly SourceFile[], wrong: RegExp): string[] {
  return files.flatMap(({ path, code }) => [...code.matchAll(wrong)].map(([found]) => `${path}: ${found}`))
}

describe('rings', () => {
  // A ring that knows what is built on it cannot be understood, tested or replaced by itself; types count, for they couple too.
  test('import inwards alone, types too: move what is shared inwards, or hand it in', () => {
    expect(
      wrongImports(product, (target, { path }) => {
        const [from, to] = [roomOf(path), roomOf(target)]
        return isIn(target, PRODUCT) && from !== to && !RINGS[from]?.some((ring) => `${to}/`.startsWith(`${ring}/`))
      }),
    ).toEqual([])
  })

  // A room that no rule names would be free of all of them.
  test('are said of every room', () => {
    expect([...new Set(product.map(({ path }) => roomOf(path)))].filter((room) => RINGS[room] === undefined)).toEqual(
      [],
    )
  })

  // What is rearranged in a circle can only be rearranged as a whole; the rule above would not see one that a new table allows.
  test('have no circle', () => {
    const below = (room: string, path: readonly string[] = []): readonly string[] | null => {
      if (path.includes(room)) return [...path, room]
      const next = [...RINGS[room]!].flatMap((ring) => (ring === 'services' ? [] : [ring]))
      for (const ring of next) {
        const circle = below(ring, [...path, room])
        if (circle !== null) return circle
      }
      return null
    }
    expect(
      Object.keys(RINGS)
        .map((room) => below(room))
        .filter((circle) => circle !== null),
    ).toEqual([])
  })

  // Ingest, scan and encrypt run as processes of their own, with permissions of their own; they meet in the catalog and the queue.
  test('keep services apart: what two of them need belongs into core or runtime', () => {
    expect(
      wrongImports(
        product,
        (target, { path }) => isIn(path, ['services']) && isIn(target, ['services']) && roomOf(target) !== roomOf(path),
      ),
    ).toEqual([])
  })

  // The core is what everything else is explained by: it runs in a browser, and verifies there.
  test('have a core that needs no platform but its cryptography', () => {
    expect(
      wrongImports(
        product,
        (target, { path }) => isIn(path, ['core']) && target.startsWith('node:') && target !== 'node:crypto',
      ),
    ).toEqual([])
  })

  // Whoever installs the package has none of these, and nothing that decides on data may know that it is being tested.
  test('ship nothing of tests, emulators, attacks and benches; only the demo plants attacks, to show that they are found', () => {
    expect(
      wrongImports(
        product,
        (target, { path }) => isIn(target, NOT_SHIPPED) && !(isIn(path, ['cli/demo']) && isIn(target, ['attacks'])),
      ),
    ).toEqual([])
  })

  // `lint` and every command read the whole configuration: it must be read where no SDK of any cloud is installed.
  test('read the settings of every adapter without its SDK', () => {
    const seen = new Set(['app/config/load.ts'])
    for (const path of seen)
      for (const { target } of product.find((file) => file.path === path)?.imports ?? []) seen.add(target)
    expect(seen).toContain('services/encrypt/stores/s3/config.ts')
    expect([...seen].filter((target) => !isOurs(target) && !target.startsWith('node:')).sort()).toEqual(['yaml', 'zod'])
  })

  // What stands on each other in a circle is read, tested and moved as one: then the folders say nothing.
  test('have folders in runtime that stand on each other in one direction', () => {
    const folderOf = (path: string) => path.split('/').slice(0, 2).join('/')
    const runtime = product.filter(({ path }) => isIn(path, ['runtime']))
    const below = (folder: string) =>
      runtime
        .filter(({ path }) => folderOf(path) === folder)
        .flatMap(({ imports }) => imports.map(({ target }) => folderOf(target)))
        .filter((target) => target.startsWith('runtime/') && target !== folder)
    const reached = (folder: string) => {
      const all = new Set(below(folder))
      for (const next of all) for (const further of below(next)) all.add(further)
      return all
    }
    const folders = [...new Set(runtime.map(({ path }) => folderOf(path)))]
    expect(folders.filter((folder) => reached(folder).has(folder))).toEqual([])
  })

  // An import that leads nowhere is found at run time alone, where it is a dynamic one.
  test('import files that are there', () => {
    expect(
      wrongImports(
        product,
        (target) => /^[\w-]+\/.*\.[jt]s$/.test(target) && isIn(target, [...PRODUCT, 'attacks']) && !isOurs(target),
      ),
    ).toEqual([])
  })
})

describe('detectors', () => {
  const scan = readSources([
    'services/scan/detectors',
    'services/scan/predict',
    'services/scan/features',
    'services/scan/calibrate',
    'services/scan/verdict',
    'services/scan/view',
  ])

  // `explain` derives a decision again from what is stored, years later: only a function of the view gives the same bytes.
  test('and what decides with them see no clock, no chance but a seed, no environment and no network', () => {
    expect(
      wrongWords(
        scan,
        /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bMath\.random\b|\bsetTimeout\b|\bfetch\(|\bprocess\./g,
      ),
    ).toEqual([])
  })

  // A detector that reads a file cannot be run on another's machine, nor in a browser.
  test('do no I/O: hand in what they need with the view', () => {
    const platform = (target: string) => target.startsWith('node:') && target !== 'node:crypto'
    expect(wrongImports(scan, platform)).toEqual([])
    expect(
      wrongImports(scan, (target, { path }) => isIn(path, ['services/scan/detectors']) && !isIn(target, PRODUCT)),
    ).toEqual([])
  })

  // A family that nothing detects is a promise in the report that nobody keeps. Drift is one: a window is not compared with the
  // history of its dataset yet. Whoever builds that takes it from this list.
  test('are there for every family, but for drift', () => {
    const detected = new Set([...allDetectors({ ownModel: true }), new Contributors()].map(({ info }) => info.family))
    expect(FAMILIES.filter((family) => !detected.has(family))).toEqual(['drift'])
  })
})

describe('adapters', () => {
  const adapters = readSources([
    'clouds',
    'runtime/catalog',
    'services/ingest/sources',
    'services/encrypt/stores',
    'services/encrypt/keys',
    'services/encrypt/sinks',
  ])

  // Two installations in one process, and a test beside another, would share what only one of them was given.
  test('read no environment: the configuration is handed in', () => {
    expect(wrongWords(adapters, /\bprocess\.env\b/g)).toEqual([])
  })

  // One place decides how often and how long to wait (`runtime/waiting`), around every adapter; retries within retries multiply.
  test('do not retry: they say `unavailable` or `throttled`, and whoever calls them waits', () => {
    const wrappers = ['services/encrypt/stores/retrying.ts', 'services/encrypt/keys/retrying.ts']
    const retrying = /retr|backoff|circuit|createCall/i
    const wrong = adapters
      .filter(({ path }) => !wrappers.includes(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(
            ({ target, names }) =>
              isIn(target, ['runtime/waiting']) && (names?.some((name) => retrying.test(name)) ?? true),
          )
          .map(({ target }) => `${path} → ${target}`),
      )
    expect(wrong).toEqual([])
  })

  // What an adapter would log has records' ids and vendors' words in it; events have fields for what may be said.
  test('do not log: they throw, and what happens is an event of whoever calls them', () => {
    expect(wrongWords(adapters, /\bconsole\.|\bprocess\.std(?:out|err)\b/g)).toEqual([])
    expect(wrongImports(adapters, (target) => target === 'runtime/process/log.ts')).toEqual([])
  })
})

describe('everything in the product', () => {
  // Only the command line speaks to a terminal, and only one function writes the log.
  test('is silent outside the command line and the log', () => {
    const others = product.filter(({ path }) => !isIn(path, ['cli']) && path !== 'runtime/process/log.ts')
    expect(
      wrongWords(others, /\bconsole\.(?:log|info|warn|error|debug)\b|\bprocess\.std(?:out|err)\.write\b/g),
    ).toEqual([])
  })

  // An export without a user is read, kept working and documented for nobody. Take the word `export` away, or the code.
  test('that is exported has a user', () => {
    const everything = readSources([...PRODUCT, ...NOT_SHIPPED], true)
    const whole = new Set(
      everything.flatMap(({ imports }) => imports.filter(({ names }) => names === null).map(({ target }) => target)),
    )
    const used = new Set(
      everything.flatMap(({ imports }) =>
        imports.flatMap(({ target, names }) => (names ?? []).map((name) => `${target} ${name}`)),
      ),
    )
    const unused = product
      // What runs in a thread is called by its name, and a bundler for browsers takes one file in place of another.
      .filter(({ path }) => !whole.has(path) && !/worker\.ts$|\.browser\.ts$/.test(path))
      .flatMap(({ path, code }) =>
        [...code.matchAll(/^export (?:async )?(?:const|function\*?|class) (\w+)/gm)].map(
          ([, name = '']) => `${path} ${name}`,
        ),
      )
      .filter((name) => !used.has(name))
    // Written into the package as it is built, for whoever looks at what is installed.
    expect(unused.filter((name) => name !== 'app/version.ts BUILD')).toEqual([])
  })
})

describe('what the package exports', () => {
  // Node.js links all imports before it runs any: one name that an older Node.js lacks hides the sentence on which Node.js is needed.
  test('says which Node.js is needed, where it is imported on Node.js 20', () => {
    for (const entry of ['index.ts', 'detect.ts'])
      expect(/^import .*$|^export .*$/m.exec(textOf(entry))?.[0]).toBe("import '#app/node-version.ts'")
    const late = /^import (?!type\b)[^']*? from 'node:sqlite'|^import [^']*zstd[^']*? from 'node:zlib'/gm
    expect(wrongWords(product, late), 'take it from the default import, or by process.getBuiltinModule').toEqual([])
  })
})

describe('documentation', () => {
  // Who is paged at night has the code and the reason, and looks them up.
  test('has a row with cause and remedy for every code and reason of an error, and none for what is gone', () => {
    const rows = [...textOf('docs/errors.md').matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm)].map(
      ([, name = '']) => name,
    )
    const reasons = product
      .flatMap(({ code }) => [
        ...code.matchAll(/\breason: '(\w+)'/g),
        ...code.matchAll(/\b(?:refused?|fail)\((?:[^()]|\([^()]*\))*, '(\w+)'\)/g),
      ])
      .map(([, name = '']) => name)
    expect(
      [...new Set([...ERROR_CODES, ...reasons])].filter((name) => !rows.includes(name)),
      'write a row in docs/errors.md',
    ).toEqual([])
    const written = product.map(({ code }) => code).join('\n')
    expect(
      rows.filter((name) => !new RegExp(`'${name}'|\\b${name}:`).test(written)),
      'take the row away',
    ).toEqual([])
  })

  // Editors show it, and nobody has to read the source to configure.
  test('describes every key of the configuration, in the schema: `.describe(…)` beside the key', () => {
    const keys = keysOf(configJsonSchema())
    expect(keys.length).toBeGreaterThan(100)
    expect(keys.filter(({ says }) => says.trim().length < 5).map(({ path }) => path)).toEqual([])
  })

  // Logs and webhooks are read by programs: an event that nobody knows of is one that nobody acts on.
  test('names every event, and no other', () => {
    const events = [...textOf('runtime/process/events.ts').matchAll(/^ {2}'([a-z_.]+)': Says</gm)].map(
      ([, name = '']) => name,
    )
    expect(events.length).toBeGreaterThan(20)
    const rows = [...textOf('docs/operations.md').matchAll(/^\| `([a-z_]+\.[a-z_]+)` \|/gm)].map(
      ([, name = '']) => name,
    )
    expect(rows.toSorted()).toEqual(events.toSorted())
  })
})

describe('tests', () => {
  // A test that no project runs passes for ever.
  // A property that draws other values each time fails on a day when nothing has changed.
  test('draw by a seed: `fc` comes from `#test/support/property.ts`', () => {
    const sources = readSources([...PRODUCT, ...NOT_SHIPPED], true).filter(
      ({ path }) => path !== 'test/support/property.ts',
    )
    expect(wrongImports(sources, (target) => /^(?:@fast-check\/|fast-check$)/.test(target))).toEqual([])
  })

  test('belong to a project, each to one', async () => {
    const { default: config } = (await import('../vitest.config.ts')) as {
      default: { test: { projects: readonly Project[] } }
    }
    const owners = filesOf('**/*.test.ts').map((file) => {
      const within = (globs: readonly string[] = []) => globs.some((glob) => matchesGlob(file, glob))
      return [
        file,
        config.test.projects
          .filter(({ test: { include, exclude } }) => within(include) && !within(exclude))
          .map(({ test: { name } }) => name),
      ] as const
    })
    expect(owners.filter(([, names]) => names.length !== 1)).toEqual([])
    // What is skipped where a program is missing has to be in a project that runs where everything is installed.
    const withEverything = ['services', 'independent', 'terraform', 'heavy']
    const skipping = owners.filter(([file]) => /^import .*(?:support\/needs|-needed)\.ts'$/m.test(textOf(file)))
    expect(skipping.length).toBeGreaterThan(5)
    expect(skipping.filter(([, [name = '']]) => !withEverything.includes(name))).toEqual([])
  })
})

interface Project {
  readonly test: { readonly name: string; readonly include: readonly string[]; readonly exclude?: readonly string[] }
}

interface SchemaNode {
  readonly description?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
}

/** Every key that a JSON Schema knows, however deep, with what is said of it. */
function keysOf(node: SchemaNode, path = ''): { readonly path: string; readonly says: string }[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, value]) => [
    { path: `${path}.${key}`, says: value.description ?? '' },
    ...keysOf(value, `${path}.${key}`),
  ])
  const rest = typeof node.additionalProperties === 'object' ? [node.additionalProperties] : []
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...rest, ...(node.items ? [node.items] : [])]
  return [...own, ...inner.flatMap((one) => keysOf(one, path))]
}
