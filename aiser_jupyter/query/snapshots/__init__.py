"""Which functions each engine has, as its own catalogue lists them; `refresh` writes these files anew."""
