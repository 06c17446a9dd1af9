import type { Value } from './value.ts'

/** Who speaks in a conversation. */
export type Role = 'system' | 'user' | 'assistant' | 'tool'

export interface Turn {
  readonly role: Role
  /** The text of the turn; calls of tools follow it, each as canonical JSON on its own line. */
  readonly text: string
}

const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  bot: 'assistant',
  chatbot: 'assistant',
  chatgpt: 'assistant',
  function_call: 'assistant',
  tool: 'tool',
  function: 'tool',
  ipython: 'tool',
  observation: 'tool',
  function_response: 'tool',
}

/** The role with this name in any of the usual layouts; null for an unknown name. */
export function roleNamed(name: Value | undefined): Role | null {
  const normal = typeof name === 'string' ? name.trim().toLowerCase() : ''
  return Object.hasOwn(ROLES, normal) ? ROLES[normal]! : null
}
