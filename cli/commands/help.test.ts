import { Command } from 'commander'
import { parse } from 'yaml'
import { describe, expect, it, vi } from 'vitest'
import { policySchema } from '#core/decision.ts'
import { TOPICS } from '../print/topics.ts'
import { helpCommand } from './help.ts'

function program(): Command {
  const made = new Command('credence').helpCommand(false).exitOverride()
  made.addCommand(new Command('keys').addCommand(new Command('rotate').description('a new version of every key')))
  const help = helpCommand(made)
  help.copyInheritedSettings(made)
  return made.addCommand(help)
}

/** What `credence help …` prints. */
async function said(...words: string[]): Promise<string> {
  let out = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => (out += String(text)) !== '')
  try {
    await program().parseAsync(['help', ...words], { from: 'user' })
  } finally {
    write.mockRestore()
  }
  return out
}

describe('help', () => {
  it('lists every topic beside the commands', async () => {
    const text = await said()
    for (const [name, { about }] of Object.entries(TOPICS)) expect(text).toContain(`${name.padEnd(16)}${about}`)
    expect(text).toContain('keys')
  })

  it('explains a topic, or a command below a command', async () => {
    expect(await said('exit-codes')).toContain('64')
    expect(await said('keys', 'rotate')).toContain('a new version of every key')
  })

  it('refuses what is neither, as a usage error', async () => {
    const made = program()
    for (const command of made.commands) command.configureOutput({ writeErr: () => {} })
    await expect(made.parseAsync(['help', 'toString'], { from: 'user' })).rejects.toThrow('no command or topic')
    await expect(made.parseAsync(['help', 'keys', 'burn'], { from: 'user' })).rejects.toThrow('no command or topic')
  })

  it('shows policies that the configuration takes', () => {
    const shown = TOPICS.policy.text.split('\n').flatMap((line) => /^ {2}(hold: \{[^}]+\})/.exec(line)?.[1] ?? [])
    expect(shown).toHaveLength(3)
    for (const policy of shown) expect(policySchema.safeParse(parse(policy)).success).toBe(true)
  })
})
