import nobody_has_this.sub
