// The form of filters: a period by name and days of one's own put each other out. Without this it works too.
"use strict";

for (const form of document.querySelectorAll("form.filters")) {
  const period = form.querySelector("[data-period]");
  const days = [...form.querySelectorAll("[data-day]")];
  if (!period) continue;
  period.addEventListener("change", () => {
    if (period.value) days.forEach((day) => { day.value = ""; });
    else days[0].focus();
  });
  days.forEach((day) => day.addEventListener("input", () => { if (day.value) period.value = ""; }));
  // An address without what is not chosen is one that can be read and passed on.
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
}

// What an address leads to is to be seen, though it is folded.
const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (target) for (const fold of target.querySelectorAll(":scope > details")) fold.open = true;

// Newer figures are being counted: shown as soon as they may be there, unless somebody is at work on the page.
const SECONDS_TO_COUNT = 3;
if (document.querySelector("[data-newer]")) setTimeout(() => {
  if (scrollY < 100 && !document.activeElement.closest("form")) location.reload();
}, SECONDS_TO_COUNT * 1000);
