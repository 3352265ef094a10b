/** Thrown by a row about something that this Node or this machine lacks. */
export class Absent extends Error {}
