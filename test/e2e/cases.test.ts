import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CASE_NAMES } from '#examples/cases/cases.ts'
import { figuresOnPage } from '#examples/cases/page.ts'

const REPO = fileURLToPath(new URL('../../', import.meta.url))
const { scripts } = JSON.parse(readFileSync(join(REPO, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** The others take minutes of processor time: a release plays them, and here their figures are those of the run on record. */
const PLAYED = ['insider', 'public-hub', 'vault-rotation'] as const

describe.each(CASE_NAMES)('the case %s', (name) => {
  it('has a command, and a page with figures', () => {
    expect(scripts[`case:${name}`]).toBe(`node examples/cases/run.ts ${name}`)
    expect(figuresOnPage(name).length).toBeGreaterThan(3)
    const index = readFileSync(join(REPO, 'docs/case-studies/README.md'), 'utf8')
    expect(index).toContain(`[${name}](${name}.md)`)
    expect(index).toContain(`\`npm run case:${name}\``)
  })
})

describe.each(PLAYED)('the case %s', (name) => {
  it('comes to the figures of its page', async () => {
    const { code, said } = await play(name)
    expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' })
  }, 900_000)
})

function play(name: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(REPO, 'examples/cases/run.ts'), name], { cwd: REPO })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.on('close', (code) => resolve({ code, said }))
  })
}
