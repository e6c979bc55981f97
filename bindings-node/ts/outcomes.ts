/** Takes an operation's outcome out of its slot, as `src/outcome.rs` put it there. */
import { Enrolled, type EnrolledFields, Enrollment, type EnrollmentFields, NextStep, Verification } from './results.ts'
import type { Slot } from './slot.ts'
import { Status, type StatusBody } from './status.ts'

function json<T>(slot: Slot): T {
  return JSON.parse(slot.text(0) ?? 'null') as T
}

function optional(number: number): number | undefined {
  return number < 0 ? undefined : number
}

export function nothing(): void {}

export function flag(slot: Slot): boolean {
  return slot.first === 1
}

export function seconds(slot: Slot): number {
  return slot.number
}

export function single(slot: Slot): string {
  return slot.text(0) ?? ''
}

export function codes(slot: Slot): string[] {
  return json(slot)
}

export function status(slot: Slot): Status {
  return new Status(json<StatusBody>(slot))
}

export function enrollment(slot: Slot): Enrollment {
  return new Enrollment(json<EnrollmentFields>(slot))
}

export function enrolled(slot: Slot): Enrolled {
  return new Enrolled(json<EnrolledFields>(slot))
}

export function nextStep(slot: Slot): NextStep {
  return new NextStep({
    status: slot.first,
    codesRequired: slot.second,
    methods: slot.third,
    expiresAt: optional(slot.number),
    expiresIn: optional(slot.secondNumber),
    challenge: slot.text(0),
    assurance: slot.text(1),
  })
}

export function verification(slot: Slot, userId: string): Verification {
  return new Verification({
    userId,
    method: slot.first,
    backupCodesLeft: slot.second,
    verifiedAt: slot.number,
    authenticatorId: slot.text(0),
    assurance: slot.text(1) ?? '',
    device: slot.text(2),
    carry: slot.text(3),
  })
}
