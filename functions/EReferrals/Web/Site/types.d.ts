/** The answers of the public API that the page reads. `openapi.json` describes them. */

export type Priority = "TWO_WEEK_WAIT" | "URGENT" | "ROUTINE";
export type Side = "REFERRER" | "PROVIDER";
export type Due = { by: string; side: Side; what: string };
export type Actor = { user: string; organisation: string; role: string; onBehalfOf?: string };
export type Letter = { intention: string; status: string; due?: string };

export type Entry = {
  ubrn: string; version: number; state: string; reason?: string; priority: Priority; specialty?: string; clinicType?: string;
  service: { id: string; name?: string; provider?: string }; patient: { nhsNumber: string; name?: string; birthDate?: string };
  referrer: { organisation: string; clinician: string }; received: string; pathwayStart: string; rttBreach: string; diagnosisDue?: string;
  letter: Letter; attachments: number; appointmentStart?: string; review: string; problems?: string[]; possibleDuplicates?: string[];
  due?: Due; overdue?: string[];
};

export type ListPage = {
  list: string; organisation: string; version: number; asOf: string; source: "live" | "snapshot" | "memory"; entries: Entry[];
  next: string | null; changes: string;
};

export type Change = { ubrn: string; version: number; change: "PUT" | "REMOVED"; entry?: Entry };
export type ChangesPage = { changes: Change[]; next: string; more: boolean };
export type ListSummary = { list: string; count: number; overdue: number; version: number; oldest: string | null };

export type Attachment = {
  id: string; name: string; contentType: string; size: number; sha256: string; status: string; type: "REFERRER" | "PROVIDER";
  attachedBy: Actor; attachedAt: string;
};

export type Patient = { nhsNumber: string; familyName?: string; givenName?: string; birthDate?: string };
export type Appointment = { start: string; end: string; clinician?: string; location?: string };

export type Referral = {
  ubrn: string; version: number; status: "active" | "cancelled" | "completed"; state: string; reason?: string; comments?: string;
  priority: Priority; patient: Patient; referrer: Actor & { clinician: string }; service: { id: string; name?: string; provider?: string };
  specialty?: string; clinicType?: string; clinicalReason?: string; snomed?: string[]; letter: Letter; attachments?: Attachment[];
  appointment?: Appointment; review: string; clocks: { pathwayStart: string; rttBreach: string; diagnosisDue?: string }; due?: Due;
  problems?: { code: string; text: string; since: string }[]; possibleDuplicates?: string[]; received: string; created: string; updated: string;
};

export type HistoryVersion = {
  version: number; at: string; what: string; from?: string; to: string; by: Actor; reason?: string; comments?: string; why?: string;
  handedOver?: { from: string; to: string }; onPaper?: { at: string; by: string };
};

export type Service = {
  id: string; name: string; provider: string; specialty: string; clinicTypes: string[]; priorities: Priority[]; requestTypes: string[];
  bookable: string; ageFrom?: number; ageTo?: number; gender?: string; instructions?: string; contact?: string; open: boolean;
};

export type Slot = { id: string; start: string; end: string; priority: Priority; clinician?: string; status: "FREE" | "RESERVED" | "TAKEN" };

export type FieldError = { pointer?: string; header?: string; parameter?: string; code: string; message: string };
export type Problem = { type?: string; title: string; status: number; detail: string; correlationId?: string; errors?: FieldError[] };

export type Reason = {
  code: string; display: string; type: string; usage?: string; roles: string[]; commentIsMandatory: boolean; cancelsAppointment: boolean;
  effectiveFrom?: string; effectiveTo?: string;
};

export type Config = {
  clientId?: string; issuer: string; metadata: string; scopes: string;
  reasons: { appointmentCancellation: Reason[]; referralCancellation: Reason[]; nonAttendance: Reason[] };
};

export type Acting = { organisation: string; role: string; onBehalfOf?: string };

/** What a view gives to the router. `focus` moves the focus to where the user goes on; by default it is the heading. */
export type View = { title: string; element: HTMLElement; dispose?: () => void; focus?: () => void };
export type Child = Node | string | number | null | undefined | false | Child[];
