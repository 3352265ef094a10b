/** Returns the element of page.html with this id. */
export function at(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** Creates an element. Its children are text or other elements. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** Creates an element with an explicit role: assistive technology ignores a table laid out as a grid without one. */
export function part(name: keyof HTMLElementTagNameMap, role: string, ...children: (Node | string)[]): HTMLElement {
  const element = make(name, {}, ...children);
  element.setAttribute('role', role);
  return element;
}

/** Sets the text of an element if it has changed, to avoid needless redrawing. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
