"use strict";

const DOTS_APART = 0.03; // along a stroke

/** Draws points along the strokes of one pointer: a mouse's left button, a pen, or a finger.

   wanted()     whether a stroke may begin
   reach()      the canvas shows the square [-reach, reach]², and a stroke stays on it
   add(points)  is given what was drawn since, [[x, y], ...] */
class Pen {
  constructor(canvas, { wanted, reach, add }) {
    Object.assign(this, { canvas, reach, add });
    canvas.addEventListener("pointerdown", (event) => {
      if (this.pointer !== undefined || event.button !== 0 || !wanted()) return;
      canvas.setPointerCapture(event.pointerId);
      this.pointer = event.pointerId;
      this.drawTo(this.place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId === this.pointer) this.drawTo(this.place(event));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId === this.pointer) this.lift();
      });
    }
  }

  /** End the stroke. */
  lift() {
    this.pointer = this.last = undefined;
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect(), reach = this.reach();
    const at = (part, size) => Math.max(-reach, Math.min(reach, (part / size * 2 - 1) * reach));
    return [at(event.clientX - box.left, box.width), -at(event.clientY - box.top, box.height)];
  }

  drawTo([x, y]) {
    const [x0, y0] = this.last ?? [x, y];
    const count = Math.max(1, Math.round(Math.hypot(x - x0, y - y0) / DOTS_APART));
    this.add(Array.from({ length: count }, (_, i) => {
      const share = (i + 1) / count;
      return [x0 + (x - x0) * share, y0 + (y - y0) * share];
    }));
    this.last = [x, y];
  }
}
