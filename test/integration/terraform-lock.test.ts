import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PROVIDERS } from '../../infra/terraform/tests/check-settings.ts'
import { TERRAFORM } from '../../infra/terraform/tests/check.ts'
import { terraformMissing } from '../../infra/terraform/tests/terraform.ts'
import { unless } from './terraform-suite.ts'

const PLATFORMS = ['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64']
const { skip, why } = unless(terraformMissing())

/** The folders, as in a clean checkout, and a mirror of providers whose programs are a few letters. */
function checkout(platforms: readonly string[]): { folder: string; mirror: string } {
  const folder = mkdtempSync(join(tmpdir(), 'credence-lock-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const part of ['envs', 'modules', 'lock.sh'])
    cpSync(join(TERRAFORM, part), join(folder, part), {
      recursive: true,
      filter: (path) => !/\/\.terraform(\.lock\.hcl)?$/.test(path),
    })
  const mirror = join(folder, 'mirror')
  for (const [name, { source, version }] of Object.entries(PROVIDERS))
    for (const platform of platforms) {
      const exact = `${version.replace('~> ', '')}.0`
      const at = join(mirror, 'registry.terraform.io', source, exact, platform)
      mkdirSync(at, { recursive: true })
      writeFileSync(join(at, `terraform-provider-${name}_v${exact}`), `${name} for ${platform}`)
    }
  return { folder, mirror }
}

function lock(folder: string, ...args: string[]): { status: number | null; said: string } {
  const env = { ...process.env, TF_CLI_CONFIG_FILE: '/dev/null' }
  const { status, stdout, stderr } = spawnSync(join(folder, 'lock.sh'), args, { encoding: 'utf8', env })
  return { status, said: stdout + stderr }
}

describe.skipIf(skip)(`lock.sh${why}`, () => {
  test('writes for each environment, in a clean checkout, what a release asks for', () => {
    const { folder, mirror } = checkout(PLATFORMS)
    expect(lock(folder, '--check').status).toBe(1)
    expect(lock(folder, `-fs-mirror=${mirror}`)).toEqual({ status: 0, said: expect.any(String) })
    expect(lock(folder, '--check')).toEqual({ status: 0, said: '' })
    for (const name of readdirSync(join(folder, 'envs'))) {
      const locked = readFileSync(join(folder, 'envs', name, '.terraform.lock.hcl'), 'utf8')
      expect(new Set(locked.match(/"h1:[^"]+"/g)).size, name).toBe(PLATFORMS.length)
      expect(locked.match(/^provider /gm), name).toHaveLength(1)
    }
  })

  test('ends where a provider is not there for one of the platforms', () => {
    const { folder, mirror } = checkout(PLATFORMS.slice(1))
    const { status, said } = lock(folder, `-fs-mirror=${mirror}`)
    expect(status).not.toBe(0)
    expect(said).toContain('linux_amd64')
    expect(lock(folder, '--check').status).toBe(1)
  })
})
