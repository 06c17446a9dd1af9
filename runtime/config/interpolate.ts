export type Environment = Readonly<Record<string, string | undefined>>

// `${NAME}` and `${NAME:-default}`, and `$${` for a literal `${`. A default cannot contain `}`.
const EXPRESSION = /\$\$\{|\$\{([A-Za-z_]\w*)(?::-([^}\n]*))?\}/g
/** Stands for values of the environment when a text is examined as it is written. */
export const FROM_ENVIRONMENT = '\u0000'

const SHIFT = 0xe000
const HIDDEN = /[\uE000-\uE07F]/g

/**
 * The text with the ASCII characters of every expression replaced by private-use ones. So braces and colons have no meaning for
 * YAML, all offsets stay, and values of the environment are never parsed as YAML.
 */
export function hide(text: string): string {
  return text.replace(EXPRESSION, (expression) =>
    expression.replace(/[\u0020-\u007E]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + SHIFT)),
  )
}

/**
 * Fills in a scalar of a hidden text. `unset` names the variables that have neither a value nor a default. `written` is the text
 * as the file has it, including defaults, with `FROM_ENVIRONMENT` for the rest.
 */
export function interpolate(
  hidden: string,
  environment: Environment,
): { readonly text: string; readonly used: boolean; readonly unset: readonly string[]; readonly written: string } {
  let used = false
  const unset: string[] = []
  const shown = hidden.replace(HIDDEN, (unit) => String.fromCharCode(unit.charCodeAt(0) - SHIFT))
  const text = shown.replace(EXPRESSION, (expression, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return '${'
    used = true
    const value = environment[name]
    // As in a shell, `:-` also applies to an empty value.
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
    if (value === undefined) unset.push(name)
    return value ?? ''
  })
  const written = shown.replace(EXPRESSION, (_, name: string | undefined, fallback: string | undefined) =>
    name === undefined ? '${' : fallback || FROM_ENVIRONMENT,
  )
  return { text, used, unset, written }
}
