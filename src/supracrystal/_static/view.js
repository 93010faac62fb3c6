// <supracrystal-view>: a picture that becomes a live 3Dmol.js scene when it is scrolled into view.
// The element holds its own data, so it works wherever HTML is inserted and however often.
if (!customElements.get("supracrystal-view")) {
  const decode = (text, Type) => new Type(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

  // 3Dmol.js is on the page already (inline), or the site serves it. A page with require.js would keep
  // it from defining its global name, so that `define` is out of the way while it loads.
  const library = (path) =>
    (window.supracrystalLibrary ??= new Promise((resolve, reject) => {
      if (window.$3Dmol) return resolve();
      if (!path) return reject(new Error("3Dmol.js is not on this page"));
      const define = window.define;
      const script = document.createElement("script");
      script.src = (document.documentElement.dataset.content_root || "./") + path;
      script.onload = script.onerror = () => {
        window.define = define;
        window.$3Dmol ? resolve() : reject(new Error(`${script.src} did not load`));
      };
      window.define = undefined;
      document.head.append(script);
    }));

  class View extends HTMLElement {
    connectedCallback() {
      this.watch = new IntersectionObserver((entries) => {
        this.seen = entries.at(-1).isIntersecting;
        if (this.seen && !this.viewer && !this.begun) this.begin();
        else if (this.seen) this.turn(), this.advance();
      });
      this.watch.observe(this);
      this.theme = new MutationObserver(() => this.viewer?.setBackgroundColor(this.ground()));
      for (const root of [document.documentElement, document.body])
        this.theme.observe(root, { attributes: true });
    }

    disconnectedCallback() {
      this.watch.disconnect();
      this.theme.disconnect();
      this.seen = false;
    }

    // The colour of the page behind, light or dark. A transparent canvas would swallow what is
    // translucent in the scene.
    ground() {
      for (let node = this; node; node = node.parentElement) {
        const [r, g, b, a = 1] = getComputedStyle(node).backgroundColor.match(/[\d.]+/g).map(Number);
        if (a > 0) return "#" + ((r << 16) + (g << 8) + b).toString(16).padStart(6, "0");
      }
      return "#ffffff";
    }

    async begin() {
      this.begun = true;
      try {
        await library(this.dataset.library);
        this.draw(JSON.parse(this.querySelector('script[type="application/json"]').textContent));
        this.classList.add("drawn");
        this.turn();
      } catch (error) {
        console.warn("supracrystal: the picture stays,", error); // no WebGL, or no library
      }
    }

    draw(data) {
      const scene = (this.scene = this.querySelector(".scene"));
      const viewer = window.$3Dmol.createViewer(scene, { backgroundColor: this.ground() });
      const at = decode(data.position, Int16Array).map((x) => x);
      const color = decode(data.color, data.colors.length > 256 ? Uint16Array : Uint8Array);
      const size = data.size ? decode(data.size, Uint8Array) : color; // a trajectory numbers the pairs
      const numbers = Array.from({ length: data.number }, (_, i) => i);
      this.frame = at.length / (3 * data.number) - 1;
      const bonds = decode(data.bonds, Uint32Array);
      const edges = decode(data.edges, Uint32Array);
      const scale = data.quantum * data.unit;
      const styles = new Map();
      const nothing = {};
      const style = (i) => {
        const k = color.length > data.number ? this.frame * data.number + i : i;
        const key = color[k] * 65536 + size[k];
        if (!styles.has(key)) {
          const rgb = data.colors[color[k]];
          const stick = bonds.length ? { stick: { color: rgb, radius: data.thin * data.unit } } : {};
          styles.set(key, { sphere: { color: rgb, radius: data.sizes[size[k]] * data.unit }, ...stick });
        }
        return styles.get(key);
      };
      const point = (i) => {
        const k = 3 * (this.frame * data.number + i);
        return { x: at[k] * scale, y: at[k + 1] * scale, z: at[k + 2] * scale };
      };
      const model = (pairs, styleOf) => {
        const atoms = numbers.map((i) => ({ ...point(i), color: 0, style: styleOf(i), bonds: [] }));
        for (let k = 0; k < pairs.length; k += 2) {
          atoms[pairs[k]].bonds.push(pairs[k + 1]);
          atoms[pairs[k + 1]].bonds.push(pairs[k]);
        }
        const made = viewer.addModel();
        made.addAtoms(atoms);
        return [made, made.selectedAtoms({}), styleOf];
      };
      const line = { stick: { color: data.line, radius: (data.thin / 2) * data.unit } };
      const models = [model(bonds, style)];
      if (edges.length) models.push(model(edges, () => line));

      this.cut = (offset) => {
        const [nx, ny, nz] = data.plane || [0, 0, 0];
        const gone = (i) => {
          const p = point(i);
          return nx * p.x + ny * p.y + nz * p.z > (offset + data.quantum) * data.unit;
        };
        const hidden = data.plane ? numbers.map(gone) : [];
        for (const [made, atoms, styleOf] of models) {
          atoms.forEach((atom, i) =>
            Object.assign(atom, point(i), { style: hidden[i] ? nothing : styleOf(i) }));
          made.renderedMolObj?.children.forEach((mesh) => mesh.geometry?.dispose()); // 3Dmol.js keeps them
        }
        this.shapes?.forEach((shape) => viewer.removeShape(shape));
        this.shapes = data.hulls.map(([rgb, text]) => {
          const vertexArr = [];
          const corner = decode(text, Uint32Array);
          for (let k = 0; k < corner.length; k += 3) {
            const face = corner.slice(k, k + 3);
            if (!face.some((i) => hidden[i])) vertexArr.push(...Array.from(face, point));
          }
          const faceArr = vertexArr.map((_, i) => i);
          return viewer.addCustom({ vertexArr, faceArr, color: rgb, opacity: Math.sqrt(data.opacity) });
        });
        viewer.render(null, { ...viewer.getRenderer().supportedExtensions(), regen: true });
      };
      this.cut(data.plane?.[3]);
      if (data.confinement) viewer.setViewChangeCallback((view) => this.outline(data.confinement, view[3]));
      this.viewer = viewer;
      new Function("viewer_UNIQUEID", data.commands)(viewer);
      this.control(data);
    }

    // The circle that a sphere about the origin fills, in units of half the smaller side of the scene.
    outline(radius, depth) {
      const circle = this.scene.querySelector("circle");
      const { left, top, width, height } = this.scene.getBoundingClientRect();
      const { x, y } = this.viewer.modelToScreen({ x: 0, y: 0, z: 0 });
      const unit = Math.min(width, height) / 2;
      const distance = 150 - depth; // the eye of 3Dmol.js is at z = 150, its field of view 20 degrees
      const across = radius / Math.sqrt(distance ** 2 - radius ** 2) / Math.tan(Math.PI / 18);
      circle.setAttribute("cx", (x - scrollX - left - width / 2) / unit);
      circle.setAttribute("cy", (y - scrollY - top - height / 2) / unit);
      circle.setAttribute("r", ((across || 0) * height) / 2 / unit); // none about an eye inside
    }

    control(data) {
      const { viewer, scene } = this;
      const narrow = Math.min(1, scene.clientWidth / scene.clientHeight);
      viewer.zoom(narrow);
      const start = viewer.getView();
      const how = "Drag or arrow keys to turn; click, then scroll, or + and \u2212 to zoom; Home to reset";
      scene.tabIndex = 0;
      scene.title = how;
      scene.setAttribute("role", "application"); // it was a picture, and takes keys now
      scene.setAttribute("aria-roledescription", "3D view");
      scene.setAttribute("aria-description", how);
      const keys = {
        ArrowLeft: () => viewer.rotate(-6, "vy"),
        ArrowRight: () => viewer.rotate(6, "vy"),
        ArrowUp: () => viewer.rotate(-6, "vx"),
        ArrowDown: () => viewer.rotate(6, "vx"),
        "+": () => viewer.zoom(1.15),
        "=": () => viewer.zoom(1.15),
        "-": () => viewer.zoom(1 / 1.15),
        Home: () => viewer.setView(start),
      };
      scene.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
        event.preventDefault();
        keys[event.key]();
      });
      // The page scrolls past the view; wheel and touch belong to it once it was clicked or tapped.
      const pass = (event) => scene.contains(document.activeElement) || event.stopPropagation();
      for (const name of ["wheel", "touchstart", "touchmove"])
        scene.addEventListener(name, pass, { capture: true, passive: true });
      scene.addEventListener("pointerup", () => (this.held = false));
      scene.addEventListener("pointerdown", () => (this.held = true));
      scene.addEventListener("click", () => scene.focus({ preventScroll: true }));
      scene.addEventListener("dblclick", () => viewer.setView(start));

      const slide = (slider, act) => {
        let pending;
        slider?.addEventListener("input", () => {
          cancelAnimationFrame(pending);
          pending = requestAnimationFrame(() => act(slider.valueAsNumber));
        });
        return slider;
      };
      this.plane = slide(this.querySelector(".cut"), (offset) => this.cut(offset));

      this.button = this.querySelector(".spin");
      this.button?.addEventListener("click", () => this.spin(!this.spinning));
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (this.button) this.spin(!still && !(data.number > 2000 && this.software()));

      if (!data.player) return;
      this.player = data.player;
      this.last = data.player.labels.length - 1;
      this.time = slide(this.querySelector(".time"), (frame) => {
        this.play(false);
        this.show(frame);
      });
      this.querySelector(".play").addEventListener("click", () => this.play(!this.playing));
      this.describe();
    }

    // Whether the processor draws in place of a graphics card.
    software() {
      const context = this.scene.querySelector("canvas")?.getContext("webgl2");
      const names = context?.getExtension("WEBGL_debug_renderer_info");
      return /swiftshader|llvmpipe|software/i.test(names ? context.getParameter(names.UNMASKED_RENDERER_WEBGL) : "");
    }

    // Put a frame of a trajectory on show; the camera stays.
    show(frame) {
      this.frame = frame;
      this.cut(this.plane?.valueAsNumber);
      this.describe();
    }

    describe() {
      const { labels, counts } = this.player;
      this.time.value = this.frame;
      this.time.setAttribute("aria-valuetext", labels[this.frame]);
      this.querySelector("output").textContent = labels[this.frame];
      this.querySelectorAll(".dot ~ .count").forEach((item, k) => {
        item.textContent = counts[this.frame][k].toLocaleString("en");
      });
    }

    play(on) {
      this.playing = on;
      this.querySelector(".play").textContent = on ? "Pause" : "Play";
      if (!on) return;
      if (this.frame === this.last) this.show(0);
      this.advance();
    }

    advance() {
      if (this.advancing || !this.playing || !this.seen) return;
      this.advancing = true;
      const period = 1000 / this.player.fps;
      let due = performance.now() + period;
      const step = (now) => {
        this.advancing = this.playing && this.seen;
        if (!this.advancing) return;
        if (now >= due) {
          due = Math.max(due + period, performance.now());
          if (this.frame < this.last) this.show(this.frame + 1);
          else if (this.player.loop) this.show(0);
          else this.play(false);
        }
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }

    spin(on) {
      this.spinning = on;
      this.button.textContent = on ? "Pause" : "Spin";
      if (on) this.turn();
    }

    turn() {
      if (this.turning || !this.spinning || !this.seen) return;
      this.turning = true;
      let last = performance.now();
      let slow = 0;
      const step = (now) => {
        this.turning = this.spinning && this.seen;
        if (!this.turning) return;
        // The gap between frames, as drawing goes on after the call: where there is no graphics card,
        // the page must stay responsive.
        slow = now - last > 100 ? slow + 1 : 0;
        if (!this.held) this.viewer.rotate(Math.min(now - last, 100) * 0.012, "vy");
        last = now;
        if (slow > 4) this.spin(false);
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }
  }
  customElements.define("supracrystal-view", View);
}
