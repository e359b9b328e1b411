// A calendar on ical.js, the library that Thunderbird reads calendars with. A line of JSON in (take, accept, shows), a
// line of JSON out. Hours are reckoned from the rules in the file.
import { createInterface } from "node:readline";
import ICAL from "ical.js";

const held = new Map();

function later(event, known) {
  const numbers = [event, known].map((one) => one.getFirstPropertyValue("sequence"));
  const stamps = [event, known].map((one) => one.getFirstPropertyValue("dtstamp").toUnixTime());
  return numbers[0] !== numbers[1] ? numbers[0] > numbers[1] : stamps[0] > stamps[1];
}

function take(text) {
  const whole = new ICAL.Component(ICAL.parse(text));
  const event = whole.getFirstSubcomponent("vevent");
  const uid = event.getFirstPropertyValue("uid");
  const known = held.get(uid);
  if (known ? later(event, known) : whole.getFirstPropertyValue("method") !== "CANCEL") held.set(uid, event);
}

function accept(uid, who) {
  for (const one of held.get(uid).getAllProperties("attendee")) {
    if (bare(one.getFirstValue()) === who) one.setParameter("partstat", "ACCEPTED");
  }
}

function bare(address) {
  return address.toLowerCase().replace(/^mailto:/, "");
}

function shown(component) {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    starts_at: event.startDate.toUnixTime(),
    ends_at: event.endDate.toUnixTime(),
    title: event.summary,
    place: event.location,
    status: component.getFirstPropertyValue("status"),
    sequence: event.sequence,
    organiser: bare(event.organizer),
    answers: event.attendees.map((one) => [bare(one.getFirstValue()), one.getParameter("partstat") ?? "NEEDS-ACTION"]),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.take !== undefined) take(asked.take);
  if (asked.accept !== undefined) accept(asked.accept, asked.who);
  process.stdout.write(`${JSON.stringify([...held.values()].map(shown))}\n`);
}
