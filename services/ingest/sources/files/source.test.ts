import { execFile } from 'node:child_process'
import { appendFile, chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { AppError } from '#core/errors.ts'
import { readAll } from '#test/conformance/source/suite.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { npyBytes } from '#test/support/fakes/npy.ts'
import { tarOf } from '#test/support/fakes/tar.ts'
import type { Source, SourceItem } from '../../source.ts'
import { createFileSource } from './source.ts'

const lines = (count: number) => Array.from({ length: count }, (_, i) => `{"i":${i}}\n`).join('')

describe('file source', () => {
  test('reads below a folder in the order of the paths, with the first folder for the contributor', async () => {
    await using folder = await createInputFolder({
      'b/2.jsonl': lines(1),
      'a/x/1.jsonl': lines(2),
      'top.jsonl': lines(1),
      'B/0.jsonl': lines(1),
    })
    const items = await readAll(createFileSource({ name: 'in', root: folder.root }))
    expect(items.map(({ partition, position, contributor }) => [partition, position, contributor])).toEqual([
      ['B/0.jsonl', '0', 'B'],
      ['a/x/1.jsonl', '0', 'a'],
      ['a/x/1.jsonl', '1', 'a'],
      ['b/2.jsonl', '0', 'b'],
      ['top.jsonl', '0', undefined],
    ])
  })

  test('says for credence check how many files can be read, and which cannot', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(1), 'b/c.jsonl': lines(1), 'README.md': '' })
    const checked = async (root: string) => await createFileSource({ name: 'in', root }).check!()
    expect(await checked(folder.root)).toEqual([{ what: `files ${folder.root}`, state: 'ok', says: '2 can be read' }])
    const gone = join(folder.root, 'gone')
    expect(await checked(gone)).toEqual([
      { what: `files ${gone}`, state: 'failed', says: expect.stringMatching(/^not_found: .*gone does not exist/) },
    ])
    if (process.getuid?.() === 0) return // root may read every file
    await chmod(join(folder.root, 'a.jsonl'), 0o000)
    expect(await checked(folder.root)).toMatchObject([
      { state: 'failed', says: expect.stringMatching(/^denied: .*a\.jsonl may not be read$/) },
    ])
  })

  test('takes contributor and label from the path where a pattern says how', async () => {
    await using folder = await createInputFolder({ 'day1/ann-spam/1.txt': 'x', 'other.txt': 'y' })
    const path = '^[^/]+/(?<contributor>\\w+)-(?<label>\\w+)/'
    const items = await readAll(createFileSource({ name: 'in', root: folder.root, path }))
    expect(items.map(({ contributor, extra }) => ({ contributor, extra }))).toEqual([
      { contributor: 'ann', extra: { label: 'spam' } },
      { contributor: undefined, extra: undefined },
    ])
  })

  test('takes a label from the folders of an archive, behind its own path, and the contributor from its own alone', async () => {
    const archive = tarOf({ './cats/1.txt': 'x', 'dogs/1.txt': 'y', '2.txt': 'z' })
    await using folder = await createInputFolder({ 'ann/a.tar': archive, 'bob/spam/1.txt': 'v' })
    const read = async (path: string) =>
      (await readAll(createFileSource({ name: 'in', root: folder.root, path }))).map(({ contributor, extra }) => [
        contributor,
        extra?.['label'],
      ])
    expect(await read('^(?:[^/]+/){2}(?<label>[^/]+)/')).toEqual([
      [undefined, 'cats'],
      [undefined, 'dogs'],
      [undefined, undefined],
      [undefined, undefined],
    ])
    expect(await read('^(?<contributor>[^/]+)/(?:a.tar/)?(?<label>[^/.]+)/')).toEqual([
      [undefined, 'cats'],
      [undefined, 'dogs'],
      [undefined, undefined],
      ['bob', 'spam'],
    ])
    await using flat = await createInputFolder({ 'a.tar': archive, 'spam/1.txt': 'v' })
    const own = await readAll(createFileSource({ name: 'in', root: flat.root, path: '^(?<label>[^/]+)/' }))
    // an archive's own name is nobody's label
    expect(own.map(({ extra }) => extra?.['label'])).toEqual([undefined, undefined, undefined, 'spam'])
    expect(await read('^(?<contributor>[^/]+)/')).toEqual([
      ['ann', undefined],
      ['ann', undefined],
      ['ann', undefined],
      ['bob', undefined],
    ])
  })

  test('reads what the globs ask for', async () => {
    await using folder = await createInputFolder({ 'a/1.jsonl': lines(1), 'a/2.csv': 'a\n1', 'a/skip.jsonl': lines(1) })
    const options = { name: 'in', root: folder.root, include: ['**/*.jsonl'], exclude: ['**/skip*'] }
    expect((await readAll(createFileSource(options))).map((item) => item.partition)).toEqual(['a/1.jsonl'])
  })

  test('reads nothing that the installation keeps itself, and no configuration that lies about', async () => {
    await using folder = await createInputFolder({
      'a.jsonl': lines(1),
      'my.yaml': 'x',
      'credence.yaml': 'x',
      'old.contract.yaml': 'x',
      'state/b.jsonl': lines(1),
      'state2/c.jsonl': lines(1),
    })
    const apart = ['my.yaml', 'state'].map((path) => join(folder.root, path))
    const items = await readAll(createFileSource({ name: 'in', root: folder.root, apart }))
    expect(items.map(({ partition }) => partition)).toEqual(['a.jsonl', 'state2/c.jsonl'])
    const asked = createFileSource({ name: 'in', root: folder.root, apart, include: ['**'] })
    expect((await readAll(asked)).map(({ partition }) => partition)).toEqual([
      'a.jsonl',
      'credence.yaml',
      'old.contract.yaml',
      'state2/c.jsonl',
    ])
    // what is above the data or is the data itself keeps nothing out
    const above = createFileSource({ name: 'in', root: folder.root, apart: [folder.root, join(folder.root, '..')] })
    expect((await readAll(above)).map(({ partition }) => partition)).toContain('a.jsonl')
  })

  test('reads a single file', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(2) })
    const items = await readAll(createFileSource({ name: 'in', root: join(folder.root, 'a.jsonl') }))
    expect(items.map((item) => item.partition)).toEqual(['a.jsonl', 'a.jsonl'])
  })

  test('reads on where a file has grown', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(2) })
    const source = createFileSource({ name: 'in', root: folder.root })
    await appendFile(join(folder.root, 'a.jsonl'), '{"i":2}\n')
    expect((await readAll(source, new Map([['a.jsonl', '1']]))).map((item) => item.position)).toEqual(['2'])
  })

  test('tells of a break once, and not again when it has been read', async () => {
    await using folder = await createInputFolder({ 'a.json': '[{"i":0},{"i":1} oops' })
    const source = createFileSource({ name: 'in', root: folder.root })
    const items = await readAll(source)
    expect(items.map((item) => item.body.kind)).toEqual(['bytes', 'bytes', 'broken'])
    for (const [index, item] of items.entries()) {
      expect(await readAll(source, new Map([['a.json', item.position]]))).toEqual(items.slice(index + 1))
    }
  })

  const marksOf = (items: readonly SourceItem[]) => new Map(items.map((item) => [item.partition, item.mark!]))
  const readReporting = async (source: Source, positions: ReadonlyMap<string, string> = new Map()) => {
    const problems: AppError[] = []
    const items: SourceItem[] = []
    const report = (problem: AppError) => void problems.push(problem)
    for await (const item of source.read('all', positions, { signal: new AbortController().signal, report }))
      items.push(item)
    return { items, problems }
  }

  test('reports a file that is no longer the one that was read, and reads the others', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(3), 'b.jsonl': lines(1), 'c.jsonl': lines(3) })
    const source = createFileSource({ name: 'in', root: folder.root })
    const marks = marksOf(await readAll(source))
    await folder.write('a.jsonl', '{"other":1}\n'.repeat(9))
    await folder.write('b.jsonl', lines(2))
    await folder.write('c.jsonl', lines(2))
    const { items, problems } = await readReporting(source, marks)
    expect(items.map((item) => [item.partition, item.position])).toEqual([['b.jsonl', '1']])
    expect(problems.map(({ code, reason }) => [code, reason])).toEqual([
      ['conflict', 'file_changed'],
      ['conflict', 'file_changed'],
    ])
    expect(problems[0]?.message).toMatch(/a\.jsonl has changed since it was read/)
    await expect(readAll(source, marks)).rejects.toMatchObject({ reason: 'file_changed' })
  })

  test('takes a text that has grown for another', async () => {
    await using folder = await createInputFolder({ 'a.txt': 'one', 'b.eml': 'From: a@b.c\nSubject: hi\n\nbody' })
    const source = createFileSource({ name: 'in', root: folder.root })
    const marks = marksOf(await readAll(source))
    await appendFile(join(folder.root, 'a.txt'), ' and two')
    expect(await readReporting(source, marks)).toMatchObject({ items: [], problems: [{ reason: 'file_changed' }] })
  })

  test('knows a file again by what it began with while it grows', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(1) })
    const source = createFileSource({ name: 'in', root: folder.root })
    const first = await readAll(source)
    expect(first[0]?.mark).toMatch(/^0 8:[0-9a-f]{32} 8$/)
    await folder.write('a.jsonl', lines(1000))
    const more = await readAll(source, marksOf(first))
    expect(more).toHaveLength(999)
    expect(new Set(more.map((item) => item.mark!.split(' ')[1]))).toEqual(new Set([first[0]!.mark!.split(' ')[1]]))
    expect(await readAll(source, marksOf(more))).toEqual([])
  })

  test('does not read a file of the same size again, and reads on in one that was left', async () => {
    await using folder = await createInputFolder({ 'a.csv': 'a\n1\n2\n3\n' })
    const source = createFileSource({ name: 'in', root: folder.root })
    const items = await readAll(source)
    expect(items.map((item) => item.mark!.split(' ').length)).toEqual([2, 2, 3])
    for (const [index, item] of items.entries()) {
      expect(await readAll(source, marksOf([item]))).toEqual(items.slice(index + 1))
    }
  })

  test('tells of compressed data that is broken from its first byte on, whatever the file is called', async () => {
    const broken = Buffer.of(0x1f, 0x8b, 8, 0, 9)
    await using folder = await createInputFolder({
      'a.csv.gz': broken,
      'b.gz': broken,
      'c.csv.gz': gzipSync(''),
      'd.csv': '',
    })
    const items = await readAll(createFileSource({ name: 'in', root: folder.root }))
    expect(items.map(({ partition, body }) => [partition, body])).toEqual(
      ['a.csv.gz', 'b.gz'].map((name) => [
        name,
        expect.objectContaining({ kind: 'broken', detail: 'gzip data is broken or cut short' }),
      ]),
    )
  })

  test('reads on at the break of a file that is whole now', async () => {
    const whole = gzipSync(lines(5000))
    await using folder = await createInputFolder({ 'a.jsonl.gz': whole.subarray(0, 6000) })
    const source = createFileSource({ name: 'in', root: folder.root })
    const first = await readAll(source)
    const last = first.at(-1)!
    expect(last).toMatchObject({ breaks: true, body: { kind: 'broken' } })
    expect(await readAll(source, marksOf(first))).toEqual([])
    await folder.write('a.jsonl.gz', whole)
    const rest = await readAll(source, marksOf(first))
    expect(rest[0]?.position).toBe(last.position)
    expect(first.length - 1 + rest.length).toBe(5000)
  })

  test('reads on when the labels that broke are whole', async () => {
    const labels = npyBytes('|u1', [3], Uint8Array.of(1, 2, 3))
    const images = npyBytes('|u1', [3, 2], new Uint8Array(6))
    await using folder = await createInputFolder({ 'x.npy': images, 'y.npy': labels.subarray(0, 20) })
    const source = createFileSource({ name: 'in', root: folder.root })
    const first = await readAll(source)
    expect(first).toMatchObject([{ position: '0', breaks: true }])
    expect(await readAll(source, marksOf(first))).toEqual([])
    await folder.write('y.npy', labels)
    expect((await readAll(source, marksOf(first))).map((item) => item.position)).toEqual(['0', '1', '2'])
  })

  test('reports what may not be opened or has no name in UTF-8, and reads the others', async () => {
    await using folder = await createInputFolder({ 'b.jsonl': lines(1) })
    await writeFile(Buffer.concat([Buffer.from(`${folder.root}/`), Buffer.from([0x61, 0xff])]), 'x')
    await writeFile(join(folder.root, 'a.jsonl'), lines(1))
    const source = createFileSource({ name: 'in', root: folder.root })
    const positions = new Map([['a.jsonl', 'not a position of a file']])
    const { items, problems } = await readReporting(source, positions)
    expect(items.map((item) => item.partition)).toEqual(['b.jsonl'])
    expect(problems.map((problem) => problem.code)).toEqual(['invalid', 'corrupt'])
  })

  test('reports a file that is gone when its turn comes', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(1), 'b.jsonl': lines(1), 'c.jsonl': lines(1) })
    const problems: AppError[] = []
    const seen: string[] = []
    const source = createFileSource({ name: 'in', root: folder.root })
    const report = (problem: AppError) => void problems.push(problem)
    for await (const item of source.read('all', new Map(), { signal: new AbortController().signal, report })) {
      seen.push(item.partition)
      if (seen.length === 1) await rm(join(folder.root, 'b.jsonl'))
    }
    expect([seen, problems.map((problem) => problem.code)]).toEqual([['a.jsonl', 'c.jsonl'], ['not_found']])
  })

  test('follows no links and passes over hidden names', async () => {
    await using folder = await createInputFolder({
      'a.jsonl': lines(1),
      '.hidden/b.jsonl': lines(1),
      '.c.jsonl': lines(1),
    })
    await symlink('/etc/hostname', join(folder.root, 'link.txt'))
    await mkdir(join(folder.root, 'empty'))
    expect((await readAll(createFileSource({ name: 'in', root: folder.root }))).map((item) => item.partition)).toEqual([
      'a.jsonl',
    ])
  })

  const labelled = {
    'a/x.npy': npyBytes('|u1', [3, 2], new Uint8Array(6)),
    'b.jsonl': lines(1),
    'train-images-idx3-ubyte': Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7),
  }

  test.each([
    ['a link', (path: string) => symlink('/etc/passwd', path), 'is a symbolic link'],
    ['a pipe', (path: string) => promisify(execFile)('mkfifo', [path]), 'is a pipe'],
    ['a folder', (path: string) => mkdir(path), 'is a folder'],
  ])('reads no labels from %s, and reads the other files', async (_name, make, words) => {
    await using folder = await createInputFolder(labelled)
    await make(join(folder.root, 'a/y.npy'))
    await make(join(folder.root, 'train-labels-idx1-ubyte'))
    const { items, problems } = await readReporting(createFileSource({ name: 'in', root: folder.root }), new Map())
    expect(items.map((item) => item.partition)).toEqual(['b.jsonl'])
    expect(problems.map(({ code, reason }) => [code, reason])).toEqual([
      ['denied', 'not_plain'],
      ['denied', 'not_plain'],
    ])
    for (const problem of problems) expect(problem.message).toContain(words)
  })

  test('does not follow a folder that becomes a link while it reads', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': lines(1), 'in/b.jsonl': lines(1) })
    await using outside = await createInputFolder({ 'b.jsonl': lines(1) })
    const problems: AppError[] = []
    const seen: string[] = []
    const source = createFileSource({ name: 'in', root: folder.root })
    const report = (problem: AppError) => void problems.push(problem)
    for await (const item of source.read('all', new Map(), { signal: new AbortController().signal, report })) {
      seen.push(item.partition)
      await rm(join(folder.root, 'in'), { recursive: true })
      await symlink(outside.root, join(folder.root, 'in'))
    }
    expect([seen, problems.map((problem) => problem.reason)]).toEqual([['a.jsonl'], ['not_plain']])
  })

  test('refuses a root that is a pipe', async () => {
    await using folder = await createInputFolder()
    const pipe = join(folder.root, 'pipe')
    await promisify(execFile)('mkfifo', [pipe])
    await expect(readAll(createFileSource({ name: 'in', root: pipe }))).rejects.toMatchObject({ code: 'invalid' })
  })

  test('passes over what is about the data, unless it is named', async () => {
    const about = { 'README.md': '# Data', 'a/LICENSE': 'MIT', 'a/Thumbs.db': 'x', 'a/readme.jsonl': lines(1) }
    await using folder = await createInputFolder({ ...about, 'b.jsonl': lines(1) })
    const read = async (include?: string[]) => {
      const items = await readAll(createFileSource({ name: 'in', root: folder.root, ...(include && { include }) }))
      return items.map((item) => item.partition)
    }
    expect(await read()).toEqual(['a/readme.jsonl', 'b.jsonl'])
    expect(await read(['README.md'])).toEqual(['README.md'])
  })

  test('accounts for a file of no known format', async () => {
    await using folder = await createInputFolder({ 'a.bin': Uint8Array.of(0, 1), 'b.jsonl': lines(1) })
    const items = await readAll(createFileSource({ name: 'in', root: folder.root }))
    expect(items.map((item) => item.body.kind)).toEqual(['broken', 'bytes'])
  })

  test('refuses a root that is not there, and a pattern that is none', async () => {
    await expect(readAll(createFileSource({ name: 'in', root: '/no/such/folder' }))).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(() => createFileSource({ name: 'in', root: '/', path: '(' })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    )
  })
})
