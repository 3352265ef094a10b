/** The element of page.html with this id. */
export function at(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** A new element; what is inside is text, or other elements. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** The same, with a role of its own: laid out as a grid, a table is none to assistive technology unless it says so. */
export function part(name: keyof HTMLElementTagNameMap, role: string, ...children: (Node | string)[]): HTMLElement {
  const element = make(name, {}, ...children);
  element.setAttribute('role', role);
  return element;
}

/** Sets an element's text. Only what has changed is drawn again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
