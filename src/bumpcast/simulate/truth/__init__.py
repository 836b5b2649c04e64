"""Which generated particles are stored, and what their links say.

Every particle of a generator's record is too much for a file: four fifths of them are the pions
and photons of soft jets and the copies that a shower makes of each parton. What is stored by
default ("truth") is

* the hard process: statuses 21 to 29;
* top quarks, W, Z, Higgs and all particles beyond the Standard Model, long-lived ones among them:
  their last copies, and what these decay to;
* b and c quarks: their last copies;
* hadrons with a b or c quark, and what they decay to;
* taus: their last copies, and what these decay to;
* electrons, muons and neutrinos that are stable;
* photons that are stable, unless they come from hadrons and have less than 5 GeV of transverse
  momentum.

With "all", every particle is stored.

Links hold within what is stored. Let a particle's line of mothers be its first mother, that one's
first mother and so on; of a hadron that a string made, the first mother is the string's parton
that carries the hadron's b or c quark, where there is one. A line that comes back to where it
began is cut.

* M1 is the first particle in the line of mothers that is stored; -1 if there is none.
* M2 is the same of the second mother, where there is one that leads to another particle than M1;
  else -1. If only the second mother leads to a stored particle, that one is M1.
* The particles whose M1 is p are stored one after another: they are exactly D1 to D2 of p. If there
  are none, D1 and D2 are the first and last of the particles whose M2 is p, where these are stored
  one after another; else both are -1.
* A particle's M1 is stored before it.

So a vertex is where the daughters are: a long-lived particle decays at X, Y, Z of its D1.
"""

from bumpcast.simulate.truth.collection import particle_collection
from bumpcast.simulate.truth.storing import Keep, ParticleLinkError, Stored, stored

__all__ = ["Keep", "ParticleLinkError", "Stored", "particle_collection", "stored"]
