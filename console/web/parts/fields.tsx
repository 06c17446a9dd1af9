import type { ReactNode } from 'react'
import { ROLES, type Role } from '#console/api/roles.ts'
import { TEXTS } from '../texts.ts'

interface FieldProps {
  readonly name: string
  /** In a form on the page; a dialog lays its own out. */
  readonly onPage?: boolean | undefined
  readonly children: ReactNode
}

/** What is asked for, above where it is given. */
export function Field({ name, onPage = false, children }: FieldProps) {
  return (
    <label className={onPage ? 'field' : undefined}>
      <span>{name}</span>
      {children}
    </label>
  )
}

interface TextProps extends Omit<FieldProps, 'children'> {
  readonly value: string
  readonly change: (value: string) => void
  readonly longest?: number
}

export function TextField({ name, onPage, value, change, longest }: TextProps) {
  return (
    <Field name={name} onPage={onPage}>
      <input value={value} maxLength={longest} autoComplete="off" onChange={(event) => change(event.target.value)} />
    </Field>
  )
}

interface NumberProps extends Omit<FieldProps, 'children'> {
  readonly value: number
  readonly change: (value: number) => void
  readonly least: number
  readonly most: number
}

export function NumberField({ name, onPage, value, change, least, most }: NumberProps) {
  return (
    <Field name={name} onPage={onPage}>
      <input
        type="number"
        min={least}
        max={most}
        required
        value={value}
        onChange={(event) => change(event.target.valueAsNumber)}
      />
    </Field>
  )
}

/** A role, and the datasets that it is over. */
export interface Over {
  readonly role: Role
  /** As they were written. */
  readonly datasets: string
}

/** The datasets that were named; null is every one. */
export function datasetsOf({ datasets }: Over): string[] | null {
  const names = namesOf(datasets)
  return names.length === 0 ? null : names
}

export function RoleFields({ over, change }: { readonly over: Over; readonly change: (over: Over) => void }) {
  const words = TEXTS.settings
  return (
    <>
      <Field name={words.role}>
        <select
          value={over.role}
          onChange={(event) =>
            change({ ...over, role: ROLES.find((known) => known === event.target.value) ?? over.role })
          }
        >
          {ROLES.map((known) => (
            <option key={known} value={known}>
              {known}
            </option>
          ))}
        </select>
      </Field>
      <TextField name={words.datasets} value={over.datasets} change={(datasets) => change({ ...over, datasets })} />
    </>
  )
}

/** Names with spaces or commas between them. */
export function namesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '')
}

interface FooterProps {
  readonly close: () => void
  readonly act: string
  readonly disabled?: boolean
}

/** How a dialog ends: with nothing done, or with it. */
export function DialogFooter({ close, act, disabled = false }: FooterProps) {
  return (
    <footer>
      <button type="button" className="button" onClick={close}>
        {TEXTS.actions.cancel}
      </button>
      <button type="submit" className="button primary" disabled={disabled}>
        {act}
      </button>
    </footer>
  )
}

/** Of a dialog in which nothing is sent. */
export function CloseFooter({ close }: { readonly close: () => void }) {
  return (
    <footer>
      <button type="button" className="button" onClick={close}>
        {TEXTS.actions.close}
      </button>
    </footer>
  )
}
