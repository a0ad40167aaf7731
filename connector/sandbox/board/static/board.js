// The board works without this. With it: cards are dragged, forms are sent without leaving the page, and what
// others change (the product among them) appears by itself, without losing the focus or a half-filled form.
"use strict";

const body = document.body;
const PAUSE = 2000; // between two looks at the counter of changes
const HASTE = [150, 400, 800, 1300, 2000, 3000]; // after something was done: the answer is expected
const drawn = new WeakMap(); // what the server last sent for an element
let version = document.body.dataset.drawn || "";
let dragged = null;
let isLooking = false;
let isQuiet = false; // what appears now was asked for: it needs no mark
let isStale = false; // something was left as it is because a person is busy in it

// --- keeping the page up to date

function remember(root) {
  for (const each of root.querySelectorAll("[data-live]")) drawn.set(each, each.outerHTML);
}

function isChanged(control) {
  if (control.type === "hidden" || control.type === "submit" || control.tagName === "BUTTON") return false;
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.tagName === "SELECT") {
    const options = [...control.options];
    const first = options.some((option) => option.defaultSelected);
    return options.some((option, place) => option.selected !== (option.defaultSelected || (!first && !control.multiple && place === 0)));
  }
  return control.value !== control.defaultValue;
}

function isBusy(element) {
  if (dragged && element.contains(dragged)) return true;
  const focused = document.activeElement;
  if (focused && element.contains(focused) && focused.matches("input:not([type=checkbox]), textarea, select")) return true;
  return [...element.querySelectorAll("input, textarea, select")].some(isChanged);
}

function replace(old, fresh) {
  const open = [old, ...old.querySelectorAll("details")].filter((each) => each.open && each.id).map((each) => each.id);
  const focused = document.activeElement && old.contains(document.activeElement) ? document.activeElement.id : "";
  const html = fresh.outerHTML;
  const node = document.importNode(fresh, true);
  old.replaceWith(node);
  drawn.set(node, html);
  remember(node);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  return node;
}

// Brings an element to what the server says now; false when a person is busy in it and it was left alone.
function renew(old, fresh) {
  if (old.dataset.live === "list" && fresh.dataset.live === "list") return renewList(old, fresh);
  if (drawn.get(old) === fresh.outerHTML) return true;
  if (isBusy(old)) return renewParts(old, fresh);
  const node = replace(old, fresh);
  if (!node.matches(".field")) flash(node);
  return true;
}

// An element in which a person is busy: its own parts that are named may still be brought up to date.
function renewParts(old, fresh) {
  let isWhole = true;
  const parts = [...old.querySelectorAll("[data-live][id]")];
  for (const part of parts) {
    const other = fresh.querySelector(`#${CSS.escape(part.id)}`);
    if (other) isWhole = renew(part, other) && isWhole;
  }
  return parts.length > 0 && isWhole;
}

function renewList(old, fresh) {
  let isWhole = true;
  const wanted = [...fresh.children].filter((each) => each.id);
  const ids = new Set(wanted.map((each) => each.id));
  for (const child of [...old.children]) {
    if (!child.id || ids.has(child.id)) continue;
    if (isBusy(child)) isWhole = false;
    else child.remove();
  }
  let place = old.firstElementChild;
  for (const other of wanted) {
    const present = document.getElementById(other.id);
    if (present && present.parentElement === old) {
      if (present !== place && !present.contains(document.activeElement)) old.insertBefore(present, place);
      else if (present === place) place = place.nextElementSibling;
      if (present.hasAttribute("data-live")) isWhole = renew(present, other) && isWhole;
    } else {
      present?.remove();
      const node = document.importNode(other, true);
      old.insertBefore(node, place);
      drawn.set(node, other.outerHTML);
      remember(node);
      flash(node);
    }
  }
  return isWhole;
}

function flash(node) {
  if (isQuiet || !node.matches(".tile, .task, .entry, .notice")) return;
  node.classList.add("is-new");
  setTimeout(() => node.classList.remove("is-new"), 4000);
}

async function refresh(address = location.href) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok) return false;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  let isWhole = true;
  for (const each of document.querySelectorAll("[data-live][id]")) {
    if (!each.isConnected || each.parentElement.closest("[data-live]")) continue;
    const other = fresh.getElementById(each.id);
    if (other) isWhole = renew(each, other) && isWhole;
  }
  if (!isWhole && !isStale) say(body.dataset.kept, false);
  isStale = !isWhole;
  watchForms();
  return true;
}

async function look() {
  if (isLooking || document.hidden || dragged) return;
  isLooking = true;
  try {
    const answer = await fetch(body.dataset.changes, { credentials: "same-origin" });
    const now = answer.ok ? await answer.text() : version;
    if (now !== version || isStale) await refresh();
    version = now;
  } catch (error) {
    // Without an answer the portal is being started again, perhaps: the next look will tell.
    if (!(error instanceof TypeError && String(error.message).includes("fetch"))) console.error(error);
  } finally {
    isLooking = false;
  }
}

// Links that show more or less of the page: it stays where it is.
document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-stay]") : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  isQuiet = true;
  try {
    if (!(await refresh())) location.reload();
  } finally {
    isQuiet = false;
  }
});

// --- forms

function say(text, isBad) {
  const box = document.getElementById("say");
  if (!text) return;
  box.textContent = text;
  box.classList.toggle("bad", Boolean(isBad));
  box.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (box.hidden = true), isBad ? 12000 : 4000);
}

function refusalOf(form) {
  for (let each = form; each; each = each.parentElement) {
    const found = each.querySelector(":scope > [data-refusal]");
    if (found) return found;
  }
  return null;
}

// Sends a form as the page would; true when it was done, else the reason is shown and all that was typed stays.
async function send(form, button, extra = {}) {
  const data = new FormData(form);
  if (button && button.name) data.set(button.name, button.value);
  for (const [name, value] of Object.entries(extra)) data.set(name, value);
  const slot = refusalOf(form);
  if (slot) slot.textContent = "";
  let answer;
  try {
    answer = await fetch(button?.getAttribute("formaction") || form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams(data),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
  } catch (error) {
    say(String(error), true);
    return false;
  }
  const told = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
  if (answer.redirected) {
    location.reload();
    return false;
  }
  if (!answer.ok) {
    const text = told.error || `HTTP ${answer.status}`;
    if (slot) slot.textContent = text;
    if (!slot || form.closest(".tile")) say(text, true);
    return false;
  }
  if (told.go) location.assign(told.go);
  return true;
}

function settleForm(form) {
  if (form.matches("[data-saves]")) {
    for (const each of form.querySelectorAll("input, textarea")) {
      if (each.type === "checkbox") each.defaultChecked = each.checked;
      else each.defaultValue = each.value;
    }
    for (const option of form.querySelectorAll("option")) option.defaultSelected = option.selected;
  } else {
    form.reset();
    form.closest("details.menu")?.removeAttribute("open");
  }
  markUnsaved();
}

async function submitted(event) {
  const form = event.target;
  if (!form.matches("[data-quick]")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  try {
    if (!(await send(form, event.submitter))) return;
    if (form.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) document.activeElement.blur();
    settleForm(form);
    await refresh();
    hurry();
  } finally {
    delete form.dataset.sending;
  }
}

function hurry() {
  for (const pause of HASTE) setTimeout(look, pause);
}

function markUnsaved() {
  const form = document.querySelector("[data-saves]");
  if (!form) return;
  const isUnsaved = [...form.querySelectorAll("input, textarea, select")].some(isChanged);
  form.classList.toggle("is-unsaved", isUnsaved);
  form.querySelector(".unsaved").hidden = !isUnsaved;
}

function watchForms() {
  markUnsaved();
}

// --- names of clients, asked for when somebody begins to write one

async function offerNames(input) {
  if (input.list || !input.dataset.names) return;
  const list = document.createElement("datalist");
  list.id = `${input.id}-names`;
  body.append(list);
  input.setAttribute("list", list.id);
  const answer = await fetch(input.dataset.names, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  for (const name of await answer.json()) {
    const option = document.createElement("option");
    option.value = name;
    list.append(option);
  }
}

// --- dragging

function columnOf(target) {
  return target instanceof Element ? target.closest("[data-stage]") : null;
}

document.addEventListener("dragstart", (event) => {
  const tile = event.target instanceof Element ? event.target.closest(".tile") : null;
  if (!tile) return;
  dragged = tile;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", tile.id);
  requestAnimationFrame(() => {
    tile.classList.add("is-dragged");
    body.classList.add("is-dragging");
  });
});

document.addEventListener("dragover", (event) => {
  const column = dragged && columnOf(event.target);
  for (const each of document.querySelectorAll(".is-target")) if (each !== column) each.classList.remove("is-target");
  if (!column) return;
  event.preventDefault();
  column.classList.add("is-target");
  const board = document.getElementById("columns");
  const edges = board.getBoundingClientRect();
  if (event.clientX > edges.right - 60) board.scrollLeft += 18;
  if (event.clientX < edges.left + 60) board.scrollLeft -= 18;
});

function endDrag() {
  dragged?.classList.remove("is-dragged");
  dragged = null;
  body.classList.remove("is-dragging");
  for (const each of document.querySelectorAll(".is-target")) each.classList.remove("is-target");
}

document.addEventListener("dragend", endDrag);

document.addEventListener("drop", async (event) => {
  const column = dragged && columnOf(event.target);
  if (!column) return;
  event.preventDefault();
  const tile = dragged;
  endDrag();
  if (tile.closest("[data-stage]") === column) return;
  const from = { list: tile.parentElement, next: tile.nextElementSibling };
  column.querySelector(".tiles")?.prepend(tile);
  tile.classList.add("is-moving");
  const isDone = await send(tile.querySelector("form"), null, { stage: column.dataset.stage });
  tile.classList.remove("is-moving");
  if (!isDone) from.list.insertBefore(tile, from.next);
  await refresh();
  if (isDone) hurry();
});

// --- menus close when one looks elsewhere

function closeMenus(except) {
  for (const each of document.querySelectorAll("details.menu[open]")) if (!each.contains(except)) each.removeAttribute("open");
}

document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  closeMenus(null);
  menu?.querySelector("summary").focus();
});
document.addEventListener("submit", submitted);
document.addEventListener("input", markUnsaved);
document.addEventListener("focusin", (event) => event.target.matches("[data-names]") && offerNames(event.target));
document.addEventListener("change", (event) => event.target.matches("[data-submits]") && event.target.form.requestSubmit());
document.addEventListener("visibilitychange", look);

remember(document);
watchForms();
if (body.dataset.changes) {
  look();
  setInterval(look, PAUSE);
}
