-- Where the rule `conversion` writes: a row for each run's day and cohort.
CREATE TABLE conversion (
    day date NOT NULL,
    cohort_month integer NOT NULL,
    customers integer NOT NULL,
    converted integer NOT NULL,
    rate numeric(6, 4),
    UNIQUE (day, cohort_month)
);
