export type Environment = Readonly<Record<string, string | undefined>>

// `${NAME}` and `${NAME:-default}`, and `$${` for a plain `${`. A default holds no `}`.
const EXPRESSION = /\$\$\{|\$\{([A-Za-z_]\w*)(?::-([^}\n]*))?\}/g
/** Stands for what the environment gives where a text is looked at as it is written. */
export const FROM_ENVIRONMENT = '\u0000'

const SHIFT = 0xe000
const HIDDEN = /[\uE000-\uE07F]/g

/**
 * The text with every expression's ASCII characters moved to private-use ones: braces and colons then mean nothing to YAML,
 * all offsets stay, and what the environment holds is never parsed as YAML.
 */
export function hide(text: string): string {
  return text.replace(EXPRESSION, (expression) =>
    expression.replace(/[\u0020-\u007E]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + SHIFT)),
  )
}

/**
 * Fills in a scalar of a hidden text. `unset` names the variables that have neither a value nor a default; `written` is what
 * the file says by itself, the defaults in it, with `FROM_ENVIRONMENT` for the rest.
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
    // As in a shell, `:-` stands in for what is empty, too.
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
    if (value === undefined) unset.push(name)
    return value ?? ''
  })
  const written = shown.replace(EXPRESSION, (_, name: string | undefined, fallback: string | undefined) =>
    name === undefined ? '${' : fallback || FROM_ENVIRONMENT,
  )
  return { text, used, unset, written }
}
