# kpi: make, make install, make installcheck; see README.md

EXTENSION = kpi
KPI_VERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(srcdir)/kpi.control)

MODULE_big = kpi
OBJS = $(patsubst $(srcdir)/%.c,%.o,$(wildcard $(srcdir)/src/*/*.c))

# the install script is these, in this order
SQL_PARTS = src/base/head.sql \
	src/type/outcome.sql src/type/outcome_text.sql src/type/line.sql src/type/ratio.sql src/type/mix.sql src/type/delays.sql \
	src/state/tally.sql src/state/journey.sql src/state/line_tally.sql \
	src/state/duration.sql src/state/worked.sql src/state/money.sql \
	src/catalogue/rate.sql src/catalogue/catalogue.gen.sql \
	src/card/scorecard.sql src/card/scorecard.gen.sql src/card/report.sql src/card/cards.sql \
	src/disposition/disposition.sql src/disposition/outcome_column.sql src/rollup/rollup.sql src/answer/answer.sql

DATA_built = kpi--$(KPI_VERSION).sql
# the way from each released version to this one
DATA = $(wildcard update/kpi--*.sql)
EXTRA_CLEAN = kpi--*.sql src/*/*.gen.h src/*/*.gen.sql src/*/*.bc

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
# the labels are French too, and hints look for words alike; whatever the server's own encoding and locale
REGRESS_OPTS = --encoding=UTF8 --no-locale

srcdir ?= .
# includes name the layer; only what the server calls is seen outside the library
PG_CFLAGS = -fvisibility=hidden
# the server's headers as system headers: our warnings are about our code
PG_CPPFLAGS = -I$(srcdir)/src -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server)
AWK ?= awk

PG_CONFIG ?= pg_config
ifeq ($(shell command -v $(PG_CONFIG) 2>/dev/null),)
$(error $(PG_CONFIG) is not there. kpi builds with PostgreSQL's server headers: on Debian, apt-get install postgresql-server-dev-all; elsewhere, name it with make PG_CONFIG=/path/to/pg_config)
endif
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(wildcard $(PGXS)),)
$(error $(PG_CONFIG) names $(PGXS), which is not there. Install the server headers that match it: on Debian, apt-get install postgresql-server-dev-all)
endif
# what two sessions do, where the server has what runs such tests: from 14 on
ifneq ($(wildcard $(dir $(PGXS))../test/isolation/pg_isolation_regress),)
ISOLATION = $(patsubst $(srcdir)/test/isolation/specs/%.spec,%,$(sort $(wildcard $(srcdir)/test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation --load-extension=kpi
endif
include $(PGXS)

# what a statement merges in passing is drawn by lot: the tests' counts are not
installcheck: export PGOPTIONS += -c kpi.enable_rollup_compaction=off

src/catalogue/catalogue.gen.h: src/catalogue/catalogue.dat src/catalogue/catalogue.awk
	$(AWK) -v output=c -f src/catalogue/catalogue.awk src/catalogue/catalogue.dat > $@.tmp && mv $@.tmp $@

src/catalogue/catalogue.gen.sql: src/catalogue/catalogue.dat src/catalogue/catalogue.awk
	$(AWK) -v output=sql -f src/catalogue/catalogue.awk src/catalogue/catalogue.dat > $@.tmp && mv $@.tmp $@

src/card/scorecard.gen.sql: src/catalogue/catalogue.dat src/catalogue/catalogue.awk
	$(AWK) -v output=card -f src/catalogue/catalogue.awk src/catalogue/catalogue.dat > $@.tmp && mv $@.tmp $@

# it adds arrays of counts to each other
src/card/scorecard_aggregate.o: CFLAGS += $(CFLAGS_VECTORIZE)

$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*/*.h)
$(OBJS) $(OBJS:.o=.bc): src/catalogue/catalogue.gen.h

kpi--$(KPI_VERSION).sql: $(SQL_PARTS)
	cat $(SQL_PARTS) > $@

# The way from a release to this version, where nothing but new rows of the
# catalogue and the like came: FROM is the release's install script.
.PHONY: update
update: kpi--$(KPI_VERSION).sql
	mkdir -p $(srcdir)/update
	out=$(srcdir)/update/$(patsubst %.sql,%,$(notdir $(FROM)))--$(KPI_VERSION).sql && \
	$(srcdir)/script/update $(FROM) $< > $$out.tmp && mv $$out.tmp $$out || { rm -f $$out.tmp; exit 1; }

# What PGXN takes: the last commit's files, without those that .gitattributes
# keeps in the repository.
DIST ?= kpi-$(KPI_VERSION).zip
.PHONY: dist
dist:
	git archive --format=zip --prefix=kpi-$(KPI_VERSION)/ --output=$(DIST) HEAD
