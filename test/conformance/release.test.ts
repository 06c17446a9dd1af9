import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { releaseProblems } from '#test/support/deploy/release-problems.ts'
import { WEAKENED_RELEASE } from '#test/support/deploy/weakened-release.ts'
import { isTaken, refused } from '../../tools/licences.ts'

const ROOT = new URL('../../', import.meta.url)
const text = readFileSync(new URL('.github/workflows/release.yaml', ROOT), 'utf8')
interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly 'runs-on': string
  readonly needs?: readonly string[]
  readonly env?: Readonly<Record<string, unknown>>
  readonly steps: readonly Step[]
}
const workflow = parse(text) as {
  permissions: object
  on: Readonly<Record<string, unknown>>
  jobs: Readonly<Record<string, Job>>
}
const jobs = Object.entries(workflow.jobs)
const steps = jobs.flatMap(([, job]) => job.steps)

describe('the release', () => {
  test('pins every action by a digest, and says which version that is', () => {
    const used = [...text.matchAll(/uses: (\S+)(.*)/g)]
    expect(used.length).toBeGreaterThan(5)
    for (const [, action, comment] of used) {
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/)
    }
  })

  test('grants nothing by default, and each job no more than it uses', () => {
    expect(workflow.permissions).toEqual({})
    for (const name of ['check', 'kills']) expect(workflow.jobs[name]?.permissions).toEqual({ contents: 'read' })
    expect(workflow.jobs['image']?.permissions).toEqual({ contents: 'read', packages: 'write', 'id-token': 'write' })
  })

  test('is started by a tag alone, never by somebody’s pull request', () => {
    expect(Object.keys(workflow.on)).toEqual(['push'])
    for (const [name, job] of jobs) {
      expect(job['timeout-minutes'], name).toBeGreaterThan(0)
      expect(job['runs-on'], name).not.toContain('self-hosted')
    }
  })

  test('plays every case study before anything is built', () => {
    expect(workflow.jobs['check']?.steps.map(({ run }) => run)).toContain('npm run cases')
    expect(workflow.jobs['image']?.needs).toContain('check')
  })

  test('kills more often than a run of all tests before anything is built', () => {
    expect(workflow.jobs['kills']?.env).toEqual({ CREDENCE_CRASH_KILLS: 400 })
    expect(workflow.jobs['image']?.needs).toContain('kills')
  })

  test('refuses environments whose providers are not held by their hashes for four platforms', () => {
    expect(workflow.jobs['check']?.steps.map(({ run }) => run)).toContain('infra/terraform/lock.sh --check')
    const folder = mkdtempSync(join(tmpdir(), 'credence-locks-'))
    try {
      mkdirSync(join(folder, 'prod-aws'))
      const lock = join(folder, 'prod-aws/.terraform.lock.hcl')
      const checked = () => {
        const script = fileURLToPath(new URL('infra/terraform/lock.sh', ROOT))
        const { status, stdout } = spawnSync(script, ['--check', folder], { encoding: 'utf8' })
        return [status, stdout]
      }
      writeFileSync(join(folder, 'prod-aws/versions.tf'), '    aws = {\n      source  = "hashicorp/aws"\n    }\n')
      expect(checked()).toEqual([1, expect.stringContaining('prod-aws: has no .terraform.lock.hcl')])
      writeFileSync(lock, locked(4).replace('hashicorp/aws', 'hashicorp/random'))
      expect(checked()).toEqual([1, expect.stringContaining('names no hashicorp/aws')])
      writeFileSync(lock, locked(3))
      expect(checked()).toEqual([1, expect.stringContaining('has hashes for 3 of 4 platforms')])
      writeFileSync(lock, locked(4) + locked(1))
      expect(checked()).toEqual([1, expect.stringContaining('has hashes for 1 of 4 platforms')])
      writeFileSync(lock, locked(4) + locked(4))
      expect(checked()).toEqual([0, ''])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('puts no value into a script but by the environment, and keeps no credentials in the checkout', () => {
    for (const { run, uses, with: given } of steps) {
      expect(run ?? '').not.toContain('${{')
      if (uses?.startsWith('actions/checkout@')) expect(given?.['persist-credentials']).toBe(false)
    }
    expect([...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name)).toEqual(['GITHUB_TOKEN'])
  })

  test('builds from the bases that the Dockerfile names, and signs by digest', () => {
    const dockerfile = readFileSync(new URL('Dockerfile', ROOT), 'utf8')
    for (const name of ['NODE', 'RUNTIME']) {
      const [, tag] = new RegExp(`^ARG ${name}_IMAGE=(.*)$`, 'm').exec(dockerfile) ?? []
      expect(text).toContain(`${name}_TAG: ${tag}\n`)
    }
    expect(text).toContain('cosign sign --yes "$IMAGE@$DIGEST"')
    // files and layers are as old as the commit, so that who builds it again comes to the same image
    expect(text).toContain('SOURCE_DATE_EPOCH=${{ steps.bases.outputs.committed }}')
    expect(text).toMatch(/outputs: type=image,.*rewrite-timestamp=true/)
  })

  test('stops whatever it is to stop, and says nothing that nobody has judged', () => {
    expect(releaseProblems(text)).toEqual([])
  })

  test.each(WEAKENED_RELEASE)('it is noticed when %s', (_, from, to, says) => {
    const parts = text.split(from)
    expect(parts).toHaveLength(2)
    expect(releaseProblems(parts.join(to)).join('\n')).toContain(says)
  })

  test('is what the admission policy trusts', () => {
    const policy = readFileSync(new URL('deploy/policies/images.yaml', ROOT), 'utf8')
    const [, subject = ''] = /subjectRegExp: (\S+)/.exec(policy) ?? []
    const by = (ref: string) => new RegExp(subject).test(`https://github.com/example/credence/.github/workflows/${ref}`)
    expect(by('release.yaml@refs/tags/v1.2.3')).toBe(true)
    for (const ref of [
      'release.yaml@refs/heads/main',
      'other.yaml@refs/tags/v1.2.3',
      'release.yaml@refs/tags/v1.2.3/x',
    ])
      expect(by(ref), ref).toBe(false)
  })
})

describe('licences', () => {
  const component = (...licenses: object[]) => ({ components: [{ name: 'a', version: '1', licenses }] })

  test.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-only)', 'MIT AND ISC'])('%s is taken', (expression) => {
    expect(isTaken(expression)).toBe(true)
    expect(refused(component({ expression }))).toEqual([])
  })

  test.each(['GPL-3.0-only', 'AGPL-3.0-or-later', 'MIT AND GPL-2.0-only', 'SSPL-1.0', ''])(
    '%s is not',
    (expression) => {
      expect(refused(component({ expression }))).toHaveLength(1)
    },
  )

  test('none is not', () => {
    expect(refused(component())).toEqual(['a 1: no licence'])
  })
})

/** A provider as Terraform locks it, with so many hashes of its archives and one of its registry's. */
function locked(hashes: number): string {
  const lines = Array.from({ length: hashes }, (_, i) => `    "h1:${String(i).padStart(43, 'a')}=",\n`).join('')
  return `provider "registry.terraform.io/hashicorp/aws" {\n  version = "6.64.0"\n  hashes = [\n${lines}    "zh:0123",\n  ]\n}\n`
}
