import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textAt } from '../../tools/playbook/files.ts'
import { trialOf } from '../../tools/playbook/sandbox/page.ts'
import { openSandbox, type Sandbox } from '../../tools/playbook/sandbox/run.ts'
import { needs } from '../support/needs.ts'

const pages = globSync('docs/playbook/**/*.md', { cwd: join(import.meta.dirname, '../..') })
  .sort()
  .filter((page) => trialOf(textAt(page)).steps.length > 0)

const { skip, why } = needs(hasJq() ? null : 'no jq in PATH: apt-get install jq')

describe.skipIf(skip)(`the playbook, as an operator types it${why}`, () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await openSandbox()
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  test.each(pages)('%s', async (page) => {
    const tried = await sandbox.tryPage(page)
    const wrong = tried.filter((step) => step.wrong !== null)
    expect(wrong.map(({ script, wrong, said }) => `${script}${wrong}\n${said}`)).toEqual([])
    expect(tried).toHaveLength(trialOf(textAt(page)).steps.length)
  })
})

function hasJq(): boolean {
  try {
    return execFileSync('jq', ['--version'], { encoding: 'utf8' }).startsWith('jq')
  } catch {
    return false
  }
}
